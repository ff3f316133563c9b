import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server as TlsServer } from 'node:tls';
import type { Provider } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Watched } from '@souk/config';
import type { GatewaySettings } from '@souk/contracts';
import { Metrics } from '@souk/observability';
import { WatchedFiles } from '@souk/service-kit';
import type { FastifyInstance } from 'fastify';
import type { GatewayConfig } from '../config.js';
import { refuseTargets } from '../gatekeeper/edge-hooks.js';
import { refuseWrites } from '../gatekeeper/read-only.js';
import { Upstreams } from '../routing/upstreams.js';
import { Throttle } from '../throttling/throttle.js';
import { AccessLog } from './access-log.js';
import { cacheRules } from './cache-rules.js';
import { blindCacheRules } from './cache-rules.naive.js';
import { CachedAnswers } from './cached-answers.js';
import { type Certificate, presentTo } from './certificate.js';
import { ClientAddresses } from './client-address.js';
import { Compression } from './compression.js';
import { allowOrigins } from './cors.js';
import { Delivery } from './delivery.js';
import { encoders } from './encoders.js';
import { slowEncoders } from './encoders.naive.js';
import { Offloading } from './offloading.js';
import { RequestMetrics } from './request-metrics.js';
import { watchRequests } from './request-watch.js';
import { ResponseCache } from './response-cache.js';

const MAX_CACHE_BYTES = 16 * 1024 * 1024;

interface Around {
  readonly fastify: FastifyInstance;
  readonly metrics: Metrics;
  readonly clients: ClientAddresses;
  readonly throttle: Throttle;
  readonly routes: Upstreams;
}
interface Live {
  readonly value: GatewaySettings;
}

/** The part of the composition root that is about what the gateway does for all services. */
export function offloadingProviders(
  config: GatewayConfig,
  settings: Live,
  certificate: Watched<Certificate> | undefined,
): Provider[] {
  return [
    {
      provide: Offloading,
      inject: [HttpAdapterHost, Metrics, WatchedFiles, ClientAddresses, Throttle, Upstreams],
      useFactory: (
        host: HttpAdapterHost,
        metrics: Metrics,
        files: WatchedFiles,
        clients: ClientAddresses,
        throttle: Throttle,
        routes: Upstreams,
      ): Offloading => {
        const fastify = host.httpAdapter.getInstance<FastifyInstance>();
        if (certificate !== undefined) present(certificate, { fastify, metrics, files });
        return openOffloading(config, settings, { fastify, metrics, clients, throttle, routes });
      },
    },
    { provide: ClientAddresses, useFactory: () => new ClientAddresses(config.TRUSTED_PROXIES) },
  ];
}

/** In this order a request meets them. */
function openOffloading(
  config: GatewayConfig,
  settings: Live,
  { fastify, metrics, clients, throttle, routes }: Around,
): Offloading {
  const weakened = (variant: GatewayConfig['SOUK_VARIANTS'][number]): boolean => config.SOUK_VARIANTS.includes(variant);
  const compression = new Compression(settings, weakened('compression-slow') ? slowEncoders : encoders);
  const rules = weakened('cache-private') ? blindCacheRules : cacheRules;
  const cache = new ResponseCache({ maxBytes: MAX_CACHE_BYTES, rules, now: () => performance.now() });
  const answers = new CachedAnswers({ cache, rules, compression, throttle, routes }, settings);
  const log = accessLog(config, settings);
  watchRequests(fastify, { metrics: new RequestMetrics(metrics), log, clients });
  allowOrigins(fastify, settings);
  refuseTargets(fastify);
  refuseWrites(fastify, settings);
  answers.hook(fastify);
  compression.hook(fastify);
  exposeCache(metrics, cache, answers);
  return new Offloading(log, clients, answers, new Delivery(compression));
}

function accessLog(config: GatewayConfig, settings: Live): AccessLog {
  // Every replica has this file; a hash of it is no secret of sessions.
  const secret = createHash('sha256').update('access-log').update(readFileSync(config.SESSION_KEY_FILE)).digest();
  const write = (lines: string): void => void process.stdout.write(lines, 'latin1');
  return new AccessLog(settings, { name: 'gateway', level: config.LOG_LEVEL, secret, write });
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

function present(
  certificate: Watched<Certificate>,
  { fastify, metrics, files }: { fastify: FastifyInstance; metrics: Metrics; files: WatchedFiles },
): void {
  const server = fastify.server as unknown as TlsServer;
  // It may have changed since the server was made.
  presentTo(server, certificate.value);
  certificate.onChange((next) => presentTo(server, next));
  files.follow(certificate, ({ notBefore, notAfter }) => ({ notBefore, notAfter }));
  metrics.gauge(
    'souk_certificate_not_after_seconds',
    'When the certificate of the gateway expires, in epoch seconds.',
    () => certificate.value.notAfter,
  );
  metrics.gauge('souk_certificate_not_before_seconds', 'Since when it is good.', () => certificate.value.notBefore);
  metrics.counter(
    'souk_certificate_changes_total',
    'Certificates that took the place of another.',
    () => certificate.status().changes,
  );
  metrics.counter(
    'souk_certificate_refused_total',
    'Certificates that were refused.',
    () => certificate.status().refused,
  );
}
