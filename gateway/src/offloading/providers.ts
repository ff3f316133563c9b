import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Provider } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Watched } from '@souk/config';
import type { GatewaySettings } from '@souk/contracts';
import { Metrics } from '@souk/observability';
import { AppLogger, WatchedFiles } from '@souk/service-kit';
import type { FastifyInstance } from 'fastify';
import type { GatewayConfig } from '../config.js';
import { trustedProxiesOf } from '../gatekeeper/defences.js';
import { refuseTargets } from '../gatekeeper/edge-hooks.js';
import { guardTarget } from '../gatekeeper/path-guard.js';
import { decodeTwice } from '../gatekeeper/path-guard.naive.js';
import { refuseWrites } from '../gatekeeper/read-only.js';
import { Upstreams } from '../routing/upstreams.js';
import { Throttle } from '../throttling/throttle.js';
import { AccessLog } from './access-log.js';
import { cacheRules } from './cache-rules.js';
import { blindCacheRules } from './cache-rules.naive.js';
import { CachedAnswers } from './cached-answers.js';
import { type Certificate, presentCertificate } from './certificate.js';
import { ClientAddresses } from './client-address.js';
import { Compression } from './compression.js';
import { allowOrigins, isListed } from './cors.js';
import { everyOrigin } from './cors.naive.js';
import { cutAnswers } from './cut-answers.js';
import { Delivery } from './delivery.js';
import { encoders } from './encoders.js';
import { slowEncoders } from './encoders.naive.js';
import { Offloading } from './offloading.js';
import { RequestMetrics } from './request-metrics.js';
import { RequestWatch, routeOf } from './request-watch.js';
import { wholeAddress } from './request-watch.naive.js';
import { ResponseCache } from './response-cache.js';

const MAX_CACHE_BYTES = 16 * 1024 * 1024;

interface Around {
  readonly logger: AppLogger;
  readonly fastify: FastifyInstance;
  readonly metrics: Metrics;
  readonly clients: ClientAddresses;
  readonly throttle: Throttle;
  readonly routes: Upstreams;
}
interface Live {
  readonly value: GatewaySettings;
}

interface Options extends Pick<GatewayConfig, 'SOUK_VARIANTS' | 'LOG_LEVEL' | 'TRUSTED_PROXIES'> {
  /** Of this process, in its access log. */
  readonly name: string;
  /** What callers' names are hashed with there. */
  readonly logSecret: Buffer;
}

/** Every replica of the gateway has this file; a hash of it is no secret of sessions. */
export const logSecretOf = ({ SESSION_KEY_FILE }: Pick<GatewayConfig, 'SESSION_KEY_FILE'>): Buffer =>
  createHash('sha256').update('access-log').update(readFileSync(SESSION_KEY_FILE)).digest();

/** The part of the composition root that is about what the gateway does for all services. */
export function offloadingProviders(options: Options, settings: Live, certificate?: Watched<Certificate>): Provider[] {
  return [
    {
      provide: Offloading,
      inject: [HttpAdapterHost, AppLogger, Metrics, WatchedFiles, ClientAddresses, Throttle, Upstreams],
      useFactory: (
        host: HttpAdapterHost,
        logger: AppLogger,
        metrics: Metrics,
        files: WatchedFiles,
        clients: ClientAddresses,
        throttle: Throttle,
        routes: Upstreams,
      ): Offloading => {
        const fastify = host.httpAdapter.getInstance<FastifyInstance>();
        if (certificate !== undefined) presentCertificate(certificate, { fastify, metrics, files });
        return openOffloading(options, settings, { fastify, logger, metrics, clients, throttle, routes });
      },
    },
    { provide: ClientAddresses, useFactory: () => new ClientAddresses(trustedProxiesOf(options)) },
  ];
}

/** In this order a request meets them. */
function openOffloading(
  options: Options,
  settings: Live,
  { fastify, logger, metrics, clients, throttle, routes }: Around,
): Offloading {
  const weakened = (variant: Options['SOUK_VARIANTS'][number]): boolean => options.SOUK_VARIANTS.includes(variant);
  const compression = new Compression(settings, weakened('compression-slow') ? slowEncoders : encoders);
  const rules = weakened('cache-private') ? blindCacheRules : cacheRules;
  const cache = new ResponseCache({ maxBytes: MAX_CACHE_BYTES, rules, now: () => performance.now() });
  const tellCut = cutAnswers(logger);
  const answers = new CachedAnswers({ cache, rules, compression, throttle, routes, tellCut }, settings);
  const log = accessLog(options, settings);
  const named = weakened('secrets-logged') ? wholeAddress : routeOf;
  const watch = new RequestWatch({ metrics: new RequestMetrics(metrics), log, clients, named });
  watch.hook(fastify);
  allowOrigins(fastify, settings, weakened('cors-reflecting') ? everyOrigin : isListed);
  refuseTargets(fastify, weakened('path-decoded-twice') ? decodeTwice : guardTarget);
  refuseWrites(fastify, settings);
  answers.hook(fastify);
  compression.hook(fastify);
  exposeCache(metrics, cache, answers);
  return new Offloading({ log, watch, clients, answers, delivery: new Delivery(compression, tellCut) });
}

function accessLog({ name, LOG_LEVEL: level, logSecret: secret }: Options, settings: Live): AccessLog {
  const write = (lines: string): void => void process.stdout.write(lines, 'latin1');
  return new AccessLog(settings, { name, level, secret, write });
}

function exposeCache(metrics: Metrics, cache: ResponseCache, answers: CachedAnswers): void {
  metrics.gauge('souk_response_cache_bytes', 'Memory that kept answers may take.', () => cache.bytes);
  metrics.gauge('souk_response_cache_entries', 'Kept answers.', () => cache.entries);
  metrics.counter(
    'souk_response_cache_requests_total',
    'Requests that could be answered from it, by what came of it.',
    () => [...answers.counts].map(([outcome, value]) => ({ labels: { outcome }, value })),
  );
}
