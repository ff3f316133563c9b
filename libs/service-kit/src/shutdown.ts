import type { Server } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger, Telemetry } from '@souk/observability';
import { partFromClients } from './parting.js';

const SWEEP_MS = 50;
/** Our clients keep an idle connection for 4 s, those of others are told 5 s (server-limits.ts): none that was there before is cut before that. */
const PARTING = { partingMs: 4_500, quietMs: 100, lastMs: 1_000 };
const DRAIN_MS = 5_000;
const HARD_STOP_MS = 15_000;

export interface Shutdown {
  readonly logger: Logger;
  /** Aborted first: readiness turns off before anything is closed. */
  readonly stop: AbortController;
  /** `app` is set once it is up. */
  readonly closing: {
    readonly app?: NestFastifyApplication;
    readonly management: Server;
    readonly telemetry: Telemetry;
  };
}

/**
 * SIGTERM and SIGINT: readiness off, take leave of the clients, finish what is under way, exit 0; after 15 s exit 1 regardless.
 */
export function installSignalHandlers(shutdown: Shutdown): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void stopGracefully(shutdown, signal));
  }
}

async function stopGracefully({ logger, stop, closing }: Shutdown, signal: string): Promise<void> {
  if (stop.signal.aborted) return;
  logger.info({ signal }, 'stopping');
  stop.abort();
  const hardStop = setTimeout(() => {
    logger.error({ afterMs: HARD_STOP_MS }, 'did not stop in time, exiting');
    process.exit(1);
  }, HARD_STOP_MS);
  const server = closing.app?.getHttpServer() as Server | undefined;
  if (server !== undefined) await partFromClients(server, PARTING);
  // close() ends only what is idle at that moment; a connection that was busy then would be kept alive for a minute.
  const sweep = setInterval(() => server?.closeIdleConnections(), SWEEP_MS);
  // Streams (SSE) and long polls would hold the server open for ever.
  const cut = setTimeout(() => server?.closeAllConnections(), DRAIN_MS);
  try {
    await closing.app?.close();
  } catch (error) {
    logger.error({ err: error }, 'closing failed');
  }
  // Last, so that the spans of everything that was drained get out.
  await closing.telemetry.shutdown();
  closing.management.close();
  clearInterval(sweep);
  clearTimeout(cut);
  clearTimeout(hardStop);
  logger.info({}, 'stopped');
  process.exit(0);
}
