import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Watched } from '@souk/config';
import type { IdentitySettings } from '@souk/contracts';
import {
  createLogger,
  exitOnUnhandled,
  type Logger,
  processMetrics,
  setLogLevel,
  startTelemetry,
  type Telemetry,
} from '@souk/observability';
import type { IdentityConfig } from './config.js';
import { createIdentity, type Identity } from './identity.js';
import { listening, type Phase, startManagement } from './management.js';

const HARD_STOP_MS = 15_000;
const SWEEP_MS = 50;
/** Longer than our clients keep an idle connection (4 s): by then each one was told to close. */
const PARTING_MS = 4_500;

interface Running {
  readonly identity: Identity;
  readonly management: Server;
  readonly telemetry: Telemetry;
}

/** Runs until it is told to stop. */
export async function run(config: IdentityConfig, settings: Watched<IdentitySettings>): Promise<void> {
  const logger = createLogger({ name: 'identity', level: config.LOG_LEVEL });
  exitOnUnhandled(logger);
  if (config.SOUK_VARIANTS.length > 0) logger.warn({ variants: config.SOUK_VARIANTS }, 'variants are on');
  const telemetry = await startTelemetry({
    serviceName: 'identity',
    endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
    tracesPerSecond: config.TRACES_PER_SECOND,
    logger,
  });
  const identity = createIdentity(config, { settings, logger });
  const metrics = processMetrics(telemetry);
  identity.counts.register(metrics);
  followLogLevel(logger, config, settings);
  let phase: Phase = 'starting';
  const management = await startManagement({
    host: config.HTTP_HOST,
    port: config.MANAGEMENT_PORT,
    phase: () => phase,
    metrics: () => metrics.render(),
    followed: identity.followed,
  });
  onSignal(logger, async () => {
    phase = 'stopping';
    await stop({ identity, management, telemetry });
  });
  await listening(identity.server, { host: config.HTTP_HOST, port: config.HTTP_PORT });
  phase = 'running';
  const { HTTP_PORT: http, MANAGEMENT_PORT: port, IDENTITY_ISSUER: issuer } = config;
  logger.info({ http, management: port, mode: config.SOUK_MODE, issuer }, 'identity is running');
}

function followLogLevel(logger: Logger, config: IdentityConfig, settings: Watched<IdentitySettings>): void {
  const apply = (): void => setLogLevel(logger, settings.value.logLevel ?? config.LOG_LEVEL);
  settings.onChange(apply);
  apply();
}

/** A connection that is closed while a request is on its way to us fails that request: answers say close, and clients go. */
async function stop({ identity, management, telemetry }: Running): Promise<void> {
  const { server } = identity;
  identity.stop();
  server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
  const end = performance.now() + PARTING_MS;
  while (performance.now() < end && (await connectionsOf(server)) > 0) await sleep(SWEEP_MS);
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearInterval(sweep);
  await telemetry.shutdown();
  management.close();
}

const connectionsOf = (server: Server): Promise<number> =>
  new Promise((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count)));

function onSignal(logger: Logger, stopAll: () => Promise<void>): void {
  let stopping = false;
  const handle = async (signal: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.error({ afterMs: HARD_STOP_MS }, 'did not stop in time, exiting');
      process.exit(1);
    }, HARD_STOP_MS).unref();
    await stopAll();
    logger.info({}, 'stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void handle(signal));
}
