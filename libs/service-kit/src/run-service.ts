import type { DynamicModule, Type } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { ModuleRef } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { BaseConfig, Watched } from '@souk/config';
import { configureFailpoints, listFailpoints } from '@souk/failpoints';
import { ConsumerStrategy } from '@souk/messaging';
import {
  createLogger,
  exitOnUnhandled,
  type Logger,
  processMetrics,
  setLogLevel,
  startTelemetry,
  type Telemetry,
} from '@souk/observability';
import { createApp, type CreateAppOptions } from './create-app.js';
import { failpointRoutes } from './failpoint-routes.js';
import { exposeHealth, openDeepHealth, openHealth } from './health.js';
import type { HealthKeys } from './health-keys.js';
import type { HealthRegistry } from './health-registry.js';
import type { HealthSettings } from './health-routes.js';
import type { Kit } from './kit.module.js';
import { asPrometheusText, ManagementRoutes } from './management-routes.js';
import { type Phase, startManagementServer } from './management-server.js';
import { isNetworkFault, retryUntilUp } from './retry-until-up.js';
import { versionOf } from './service-version.js';
import { exposeReads } from './setting-reads.js';
import { installSignalHandlers, type Shutdown } from './shutdown.js';
import { WatchedFiles } from './watched-files.js';

export interface RunServiceOptions extends Pick<CreateAppOptions, 'bodyLimit' | 'onFastify' | 'tls'> {
  readonly name: string;
  readonly module: Type | DynamicModule;
  readonly config: BaseConfig;
  /** Followed while the service runs; `logLevel` and `health*` are applied here, the rest is the module's. */
  readonly settings?: Watched<{ readonly logLevel?: BaseConfig['LOG_LEVEL'] | undefined } & Partial<HealthSettings>>;
  /** DI token of the consumer transport, if the module provides one; default ConsumerStrategy. */
  readonly transport?: abstract new (...args: never[]) => CustomTransportStrategy;
}

/**
 * Runs a service until it is told to stop: API port, management port, consumers, graceful shutdown.
 * A dependency that is down delays readiness; it does not end the process.
 */
export async function runService(options: RunServiceOptions): Promise<void> {
  const { name, config } = options;
  const logger = createLogger({ name, level: config.LOG_LEVEL });
  exitOnUnhandled(logger);
  announceWeakening(config, logger);
  const stop = new AbortController();
  let phase: Phase = 'starting';
  const health = openHealth(config);
  const routes = new ManagementRoutes();
  const healthKeys = openDeepHealth(options, health, routes);
  const telemetry = await beginTelemetry(options, logger);
  const metrics = processMetrics(telemetry);
  routes.add('/metrics', asPrometheusText(metrics));
  exposeHealth(metrics, health, options.settings);
  exposeReads(metrics, options.settings);
  if (config.SOUK_FAILPOINTS !== '') failpointRoutes(routes);
  const files = new WatchedFiles(logger);
  followLogLevel(options, logger);
  const management = await startManagementServer({
    host: config.HTTP_HOST,
    port: config.MANAGEMENT_PORT,
    health,
    routes,
    phase: () => (stop.signal.aborted ? 'stopping' : phase),
  });
  const closing: Shutdown['closing'] & { app?: NestFastifyApplication } = { management, telemetry };
  installSignalHandlers({ logger, stop, closing });

  closing.app = await retryUntilUp(
    () => startApp(options, { logger, health, routes, files, metrics }, healthKeys),
    retryOptions(logger, stop.signal),
  );
  phase = 'running';
  logger.info(
    { http: config.HTTP_PORT, management: config.MANAGEMENT_PORT, mode: config.SOUK_MODE },
    `${name} is running`,
  );
}

function followLogLevel({ settings, config }: RunServiceOptions, logger: Logger): void {
  const apply = (): void => setLogLevel(logger, settings?.value.logLevel ?? config.LOG_LEVEL);
  settings?.onChange(apply);
  apply();
}

const beginTelemetry = ({ name, config }: RunServiceOptions, logger: Logger): Promise<Telemetry> =>
  startTelemetry({
    serviceName: name,
    serviceVersion: versionOf(process.argv[1]),
    endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
    tracesPerSecond: config.TRACES_PER_SECOND,
    inline: config.SOUK_VARIANTS.includes('telemetry-inline'),
    logger,
  });

/** Whoever reads the logs of a broken shop must see that it was broken on purpose. */
function announceWeakening(config: BaseConfig, logger: Logger): void {
  const { armed, unknown } = configureFailpoints(config.SOUK_FAILPOINTS);
  if (armed.length > 0) logger.warn({ failpoints: armed }, 'failpoints are armed');
  if (unknown.length > 0)
    logger.warn({ failpoints: unknown, known: listFailpoints() }, 'this process has no such failpoints');
  if (config.SOUK_VARIANTS.length > 0) logger.warn({ variants: config.SOUK_VARIANTS }, 'variants are on');
}

const retryOptions = (logger: Logger, signal: AbortSignal) => ({
  signal,
  worthIt: isNetworkFault,
  onFailure: (error: unknown) => logger.warn({ err: error }, 'not up yet, trying again'),
});

async function startApp(
  options: RunServiceOptions,
  kit: Kit,
  healthKeys: Watched<HealthKeys>,
): Promise<NestFastifyApplication> {
  const { config, module, name, bodyLimit, onFastify, settings, tls } = options;
  // In every attempt, because a failed one stops what it followed.
  if (settings !== undefined) kit.files.follow(settings, (values) => values);
  if (config.HEALTH_KEYS_FILE !== undefined) kit.files.follow(healthKeys, (keys) => ({ keys: keys.length }));
  const app = await createApp(module, config, {
    ...kit,
    name,
    ...(bodyLimit !== undefined && { bodyLimit }),
    ...(onFastify !== undefined && { onFastify }),
    ...(tls !== undefined && { tls }),
  });
  try {
    const strategy = findStrategy(app, options.transport ?? ConsumerStrategy);
    if (strategy !== undefined) {
      // A global filter would come too late here; the consumers have RethrowFilter of their own (tests/architecture holds them to it).
      app.connectMicroservice({ strategy }, { inheritAppConfig: false });
    }
    await app.listen(config.HTTP_PORT, config.HTTP_HOST);
    if (strategy !== undefined) startConsumers(app, kit);
    return app;
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
}

function findStrategy(app: NestFastifyApplication, token: NonNullable<RunServiceOptions['transport']>) {
  try {
    // Through ModuleRef, because app.get() logs an error for a provider that is not there.
    return app.get(ModuleRef).get<CustomTransportStrategy>(token, { strict: false });
  } catch {
    return undefined;
  }
}

/** In the background: HTTP answers while the broker is away, readiness says what is missing. */
function startConsumers(
  app: NestFastifyApplication,
  { logger, health }: { logger: Logger; health: HealthRegistry },
): void {
  let started = false;
  health.addReadiness('consumer', async () => {
    if (!started) throw new Error('the consumer has not joined its group yet');
  });
  const failed = (error: unknown): void => logger.warn({ err: error }, 'the consumer cannot start yet, trying again');
  void retryUntilUp(() => app.startAllMicroservices(), { worthIt: () => true, onFailure: failed }).then(() => {
    started = true;
  });
}
