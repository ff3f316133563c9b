import { type DynamicModule, Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Watched } from '@souk/config';
import { createHttpClient, type HttpClient } from '@souk/http';
import { Metrics } from '@souk/observability';
import { AppLogger, HealthRegistry, ManagementRoutes, WatchedFiles } from '@souk/service-kit';
import type { FastifyInstance } from 'fastify';
import type { Server as TlsServer } from 'node:tls';
import { type Certificate, presentTo } from '../offloading/certificate.js';
import { ClientAddresses } from '../offloading/client-address.js';
import { followSigningKeys } from '../offloading/key-files.js';
import type { GatekeeperConfig } from './config.js';
import { Door } from './door.js';
import { refuseTargets } from './edge-hooks.js';
import { publishedRoutes } from './known-routes.js';
import { Passes } from './passes.js';
import { Refusals } from './refusals.js';
import { checkHeads, strictBody } from './strict-request.js';
import { unreadBody } from './strict-request.naive.js';

/** Event streams hold theirs for long. */
const CONNECTIONS = 1_024;
/** A long poll of half a minute, and what the gateway may take itself. */
const HEADERS_WITHIN_MS = 70_000;
const epochSeconds = (): number => Math.floor(Date.now() / 1_000);

/** DI token: the way to the gateway, closed when the last request is done. */
class Inwards implements OnApplicationShutdown {
  readonly client: HttpClient;

  constructor(baseUrl: string, health: HealthRegistry) {
    const limits = { headersTimeoutMs: HEADERS_WITHIN_MS, connections: CONNECTIONS };
    this.client = createHttpClient({ name: 'gateway', baseUrl, ...limits });
    // Not of readiness: another gatekeeper would find it away, too.
    health.addCore('gateway', async () => {
      const { status, body } = await this.client.request({ method: 'GET', path: '/openapi.json' });
      body.dump();
      // It refuses whoever shows no pass, which is an answer.
      if (status >= 500) throw new Error(`answered ${status}`);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.client.close();
  }
}

@Module({})
class GatekeeperModule implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(Door) private readonly door: Door,
    @Inject(Refusals) private readonly refusals: Refusals,
  ) {}

  /** In this order a request meets them. */
  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    this.refusals.hook(fastify);
    refuseTargets(fastify);
    checkHeads(fastify, this.door.routes);
    fastify.all('/*', (request, reply) => this.door.forward(request, reply));
  }
}

/** The composition root of the gatekeeper in a process of its own: it decides nothing but what may go in. */
export function gatekeeperModule(config: GatekeeperConfig, certificate?: Watched<Certificate>): DynamicModule {
  return {
    module: GatekeeperModule,
    providers: [
      {
        provide: Inwards,
        inject: [HealthRegistry],
        useFactory: (health: HealthRegistry) => new Inwards(config.GATEWAY_URL, health),
      },
      {
        provide: Passes,
        inject: [ManagementRoutes, WatchedFiles],
        useFactory: (management: ManagementRoutes, files: WatchedFiles) => {
          const keys = followSigningKeys(config.GATEKEEPER_KEY_FILE);
          files.follow(keys, ({ kid, published }) => ({ signing: kid, published: published.map((one) => one.kid) }));
          management.add('/jwks.json', () => ({ status: 200, body: { keys: keys.value.published } }));
          return new Passes(keys, epochSeconds);
        },
      },
      {
        provide: Refusals,
        inject: [Metrics, AppLogger],
        useFactory: (metrics: Metrics, logger: AppLogger) => new Refusals(metrics, logger, epochSeconds),
      },
      {
        provide: Door,
        inject: [HttpAdapterHost, WatchedFiles, Inwards, Passes, Refusals],
        useFactory: (
          host: HttpAdapterHost,
          files: WatchedFiles,
          inwards: Inwards,
          passes: Passes,
          refusals: Refusals,
        ) => {
          if (certificate !== undefined) present(certificate, host, files);
          return new Door({
            gateway: inwards.client,
            passes,
            clients: new ClientAddresses(config.TRUSTED_PROXIES),
            routes: publishedRoutes(),
            bodyOf: config.SOUK_VARIANTS.includes('gatekeeper-unread') ? unreadBody : strictBody,
            passedHeaders: config.PASSED_HEADERS,
            refusals,
          });
        },
      },
    ],
  };
}

function present(certificate: Watched<Certificate>, host: HttpAdapterHost, files: WatchedFiles): void {
  const server = host.httpAdapter.getHttpServer() as TlsServer;
  presentTo(server, certificate.value);
  certificate.onChange((next) => presentTo(server, next));
  files.follow(certificate, ({ notBefore, notAfter }) => ({ notBefore, notAfter }));
}
