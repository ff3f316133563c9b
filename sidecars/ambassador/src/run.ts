import type { Server } from 'node:http';
import {
  createLogger,
  exitOnUnhandled,
  type Logger,
  processMetrics,
  startTelemetry,
  type Telemetry,
} from '@souk/observability';
import { exposeMetrics } from '@souk/resilience';
import { Ambassador, type MakeCaller } from './ambassador.js';
import { breakersOf } from './breakers.js';
import type { AmbassadorConfig } from './config.js';
import { ConfigWatch } from './config-watch.js';
import { Counts } from './counts.js';
import { type Phase, startManagement } from './management.js';

/** A pod gives its sidecars 5 s after the application has ended (charts/service, terminationGraceSeconds). */
const HARD_STOP_MS = 4_000;

interface Running {
  readonly watch: ConfigWatch;
  readonly ambassador: Ambassador;
  readonly telemetry: Telemetry;
  readonly management: Server;
}

/** Runs until it is told to stop. A configuration that cannot be used ends the process at its start, and never later. */
export async function run(
  config: AmbassadorConfig,
  makeCaller: (counts: Counts, logger: Logger) => MakeCaller,
): Promise<void> {
  const logger = createLogger({ name: 'ambassador', level: config.LOG_LEVEL });
  exitOnUnhandled(logger);
  if (config.SOUK_VARIANTS.length > 0) logger.warn({ variants: config.SOUK_VARIANTS }, 'variants are on');
  const telemetry = await startTelemetry({
    serviceName: 'ambassador',
    endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
    tracesPerSecond: config.TRACES_PER_SECOND,
    inline: config.SOUK_VARIANTS.includes('telemetry-inline'),
    logger,
  });
  const counts = new Counts();
  const ambassador = new Ambassador(makeCaller(counts, logger), counts, logger);
  const aboutProcess = processMetrics(telemetry);
  exposeMetrics(aboutProcess, () => [...ambassador.policies().values()].map((policy) => policy.state()));
  let phase: Phase = 'starting';
  const management = await startManagement({
    host: config.MANAGEMENT_HOST ?? config.HTTP_HOST,
    port: config.MANAGEMENT_PORT,
    phase: () => phase,
    metrics: () => `${aboutProcess.render()}${counts.render(ambassador.states())}`,
    breakers: breakersOf(ambassador),
  });
  const apply = ambassador.apply.bind(ambassador);
  const watch = new ConfigWatch({ file: config.AMBASSADOR_CONFIG, apply, counts, logger });
  onSignal(logger, async () => {
    phase = 'stopping';
    await stop({ watch, ambassador, telemetry, management });
  });
  await watch.start();
  phase = 'running';
  const upstreams = ambassador.states().map(({ name }) => name);
  logger.info({ management: config.MANAGEMENT_PORT, mode: config.SOUK_MODE, upstreams }, 'ambassador is running');
}

/** The application was told to stop before; what it still asks for is finished, and the spans of that go out last. */
async function stop({ watch, ambassador, telemetry, management }: Running): Promise<void> {
  await watch.stop();
  await ambassador.close();
  await telemetry.shutdown();
  management.close();
}

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
