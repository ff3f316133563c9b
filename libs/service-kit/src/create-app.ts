import 'reflect-metadata';
import type { TlsOptions } from 'node:tls';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { BaseConfig } from '@souk/config';
import { lenientPipe, problemOf, ProblemFilter, problemWithStack, validationPipe } from '@souk/http';
import { createLogger, type Logger, Metrics } from '@souk/observability';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HealthRegistry } from './health-registry.js';
import { type Kit, KitModule } from './kit.module.js';
import { ManagementRoutes } from './management-routes.js';
import { nestLogger } from './nest-logger.js';
import { answerRefusedByParser } from './refused-by-parser.js';
import { answerCounter } from './answer-counter.js';
import { addRequestHooks } from './request-hooks.js';
import { endlessPatience, lenientParser } from './server-limits.naive.js';
import { serverLimits, type ServerLimits } from './server-limits.js';
import { storeOutage } from './store-outage.js';
import { StrictInput } from './strict-input.js';
import { WatchedFiles } from './watched-files.js';

export const BODY_LIMIT = 1024 * 1024;

export interface CreateAppOptions {
  /** Stands in log lines; default 'service'. */
  readonly name?: string;
  readonly logger?: Logger;
  readonly health?: HealthRegistry;
  readonly routes?: ManagementRoutes;
  readonly files?: WatchedFiles;
  /** What `/metrics` of the management port shows; modules add their own. */
  readonly metrics?: Metrics;
  /** Bytes; default 1 MiB. */
  readonly bodyLimit?: number;
  /** The API port speaks TLS: certificate, key and what else a server takes; without it, plain HTTP. */
  readonly tls?: TlsOptions;
  /** Access to Fastify before the first route is there, e.g. for a content type parser of one's own. */
  readonly onFastify?: (fastify: FastifyInstance) => void;
}

@Module({})
class RootModule {}

/**
 * The application as production runs it, without a port: problem+json errors, schema validation, request context, limits.
 * Tests call `app.init()` and `app.inject(...)`. Close it with `app.close()`.
 */
export async function createApp(
  module: Type | DynamicModule,
  config: BaseConfig,
  options: CreateAppOptions = {},
): Promise<NestFastifyApplication> {
  const logger = options.logger ?? createLogger({ name: options.name ?? 'service', level: config.LOG_LEVEL });
  const kit: Kit = {
    logger,
    health: options.health ?? new HealthRegistry(),
    routes: options.routes ?? new ManagementRoutes(),
    files: options.files ?? new WatchedFiles(logger),
    metrics: options.metrics ?? new Metrics(),
  };
  kit.routes.add('/configz', () => ({ status: 200, body: kit.files.report() }));
  const weakened = (variant: BaseConfig['SOUK_VARIANTS'][number]): boolean => config.SOUK_VARIANTS.includes(variant);
  const tell = weakened('errors-tell-all') ? problemWithStack : problemOf;
  const problems = new ProblemFilter(kit.logger, storeOutage, tell);
  const limits = weakened('parser-lenient')
    ? lenientParser
    : weakened('clients-awaited')
      ? endlessPatience
      : serverLimits;
  const adapter = createAdapter(options.bodyLimit ?? BODY_LIMIT, problems, limits, options.tls);
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  addRequestHooks(fastify, kit.logger, answerCounter(kit.metrics));
  fastify.removeContentTypeParser('text/plain');
  options.onFastify?.(fastify);
  const root = { module: RootModule, imports: [KitModule.with(kit), module] };
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: nestLogger(kit.logger),
  });
  const pipe = weakened('unknown-fields-taken') ? lenientPipe() : validationPipe();
  return app.useGlobalFilters(problems).useGlobalInterceptors(new StrictInput()).useGlobalPipes(pipe);
}

/** Event of the HTTP server, with the error and the request: an address that cannot be decoded is answered before any hook sees it. */
export const UNROUTED = 'souk:unrouted';

function createAdapter(
  bodyLimit: number,
  problems: ProblemFilter,
  { node, keepAliveTimeout, connectionTimeout }: ServerLimits,
  tls?: TlsOptions,
): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit,
    requestTimeout: node.requestTimeout,
    keepAliveTimeout,
    connectionTimeout,
    ...(tls === undefined ? { http: node } : { https: { ...node, ...tls } }),
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    // Who is still connected while we stop gets his answer, not a refusal (shutdown.ts).
    return503OnClosing: false,
    exposeHeadRoutes: false,
    requestIdHeader: false,
    logger: false,
    clientErrorHandler: answerRefusedByParser,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      request.server.server.emit(UNROUTED, error, request);
      problems.answer(error, request, reply);
    },
  });
}
