import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger, Telemetry } from '@souk/observability';

const SWEEP_MS = 50;
/** Longer than our clients keep an idle connection (4 s): by then each one was told to close, or closed by its client. */
const PARTING_MS = 4_500;
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
 * SIGTERM and SIGINT: readiness off, tell every connection to close with its next answer, then no new ones, finish what is
 * under way, exit 0; after 15 s exit 1 regardless.
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
  if (server !== undefined) await partFromClients(server);
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

/**
 * A connection that is closed while a request is on its way to us fails that request, and an order must not be sent twice.
 * So nothing is closed here: answers say `Connection: close`, and clients go. Over when none is left, or after the limit.
 */
async function partFromClients(server: Server): Promise<void> {
  server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
  const end = performance.now() + PARTING_MS;
  while (performance.now() < end && (await connectionsOf(server)) > 0) await sleep(SWEEP_MS);
}

const connectionsOf = (server: Server): Promise<number> =>
  new Promise((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count)));
