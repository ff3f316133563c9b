import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '@souk/observability';
import { createApiServer } from './api-server.js';
import type { TraceStoreConfig } from './config.js';
import { createManagementServer } from './management-server.js';
import { openStore } from './open-store.js';
import type { SpanStore } from './span-store.js';

const SWEEP_EVERY_MS = 10_000;
const DRAIN_MS = 2_000;
const MS_PER_MINUTE = 60_000;

export interface RunningTraceStore {
  readonly httpPort: number;
  readonly managementPort: number;
  /** Finishes what is under way, closes the store. */
  readonly stop: () => Promise<void>;
}

export interface Clockwork {
  /** Epoch milliseconds. */
  readonly now?: () => number;
  readonly sweepEveryMs?: number;
}

/** Both ports and the sweeper, until it is stopped. */
export async function runTraceStore(
  config: TraceStoreConfig,
  logger: Logger,
  { now = Date.now, sweepEveryMs = SWEEP_EVERY_MS }: Clockwork = {},
): Promise<RunningTraceStore> {
  const bounds = { maxSpans: config.MAX_SPANS, maxAgeMs: config.MAX_AGE_MINUTES * MS_PER_MINUTE };
  const store = openStore(config.DATA_FILE, bounds, logger);
  let refusedBatches = 0;
  let stopping = false;
  const api = createApiServer({ store, now, logger, refused: () => (refusedBatches += 1) });
  const management = createManagementServer({
    stats: () => ({ ...store.stats(), refusedBatches }),
    stopping: () => stopping,
    logger,
  });
  const httpPort = await listen(api, config.HTTP_PORT, config.HTTP_HOST);
  const managementPort = await listen(management, config.MANAGEMENT_PORT, config.HTTP_HOST);
  const sweeper = setInterval(() => sweep(store, now(), logger), sweepEveryMs);
  const stop = async () => {
    stopping = true;
    clearInterval(sweeper);
    await closed(api);
    await closed(management);
    store.close();
  };
  return { httpPort, managementPort, stop };
}

/** A full disk passes; what is too old then goes with a later sweep. */
function sweep(store: SpanStore, nowMs: number, logger: Logger): void {
  try {
    store.sweep(nowMs);
  } catch (error) {
    logger.error({ err: error }, 'old traces could not be removed');
  }
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function closed(server: Server): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(cut);
}
