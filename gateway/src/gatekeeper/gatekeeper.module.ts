import { type DynamicModule, Inject, Module, type OnModuleInit, type Provider } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Watched } from '@souk/config';
import { Metrics } from '@souk/observability';
import { AppLogger, HealthRegistry, ManagementRoutes, WatchedFiles } from '@souk/service-kit';
import type { FastifyInstance } from 'fastify';
import { type Certificate, CertificateFiles, presentCertificate } from '../offloading/certificate.js';
import { ClientAddresses } from '../offloading/client-address.js';
import { type CorsSettings, tellRefusals } from '../offloading/cors.js';
import { cutAnswers } from '../offloading/cut-answers.js';
import { followSigningKeys } from '../offloading/key-files.js';
import type { GatekeeperConfig } from './config.js';
import { Door } from './door.js';
import { refuseTargets } from './edge-hooks.js';
import { Inwards } from './inwards.js';
import { publishedRoutes } from './known-routes.js';
import { Passes } from './passes.js';
import { Refusals } from './refusals.js';
import { checkHeads, strictBody } from './strict-request.js';
import { unreadBody } from './strict-request.naive.js';

const epochSeconds = (): number => Math.floor(Date.now() / 1_000);

/** DI token of the settings that say whose scripts may read answers. */
abstract class Origins implements CorsSettings {
  abstract readonly value: CorsSettings['value'];
}

@Module({})
class GatekeeperModule implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(Door) private readonly door: Door,
    @Inject(Refusals) private readonly refusals: Refusals,
    @Inject(Origins) private readonly origins: CorsSettings,
  ) {}

  /** In this order a request meets them. */
  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    this.refusals.hook(fastify);
    tellRefusals(fastify, this.origins);
    refuseTargets(fastify);
    checkHeads(fastify, this.door.routes);
    fastify.all('/*', (request, reply) => this.door.forward(request, reply));
  }
}

/** The composition root of the gatekeeper in a process of its own: it decides nothing but what may go in. */
export function gatekeeperModule(
  config: GatekeeperConfig,
  settings: CorsSettings,
  certificate?: Watched<Certificate>,
): DynamicModule {
  return {
    module: GatekeeperModule,
    providers: [
      { provide: Origins, useValue: settings },
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
      { provide: ClientAddresses, useFactory: () => new ClientAddresses(config.TRUSTED_PROXIES) },
      {
        provide: Inwards,
        inject: [HealthRegistry, Metrics, Passes],
        useFactory: (health: HealthRegistry, metrics: Metrics, passes: Passes) => {
          const inwards = new Inwards({ baseUrl: config.GATEWAY_URL, passes });
          // Not of readiness: another gatekeeper would find it away, too.
          health.addCore('gateway', () => inwards.check());
          metrics.gauge('souk_gatekeeper_under_way', 'Requests that went in and are not answered yet, by way.', () =>
            Object.entries(inwards.underWay).map(([way, value]) => ({ labels: { way }, value })),
          );
          return inwards;
        },
      },
      {
        provide: Refusals,
        inject: [Metrics, AppLogger, ClientAddresses],
        useFactory: (metrics: Metrics, logger: AppLogger, clients: ClientAddresses) =>
          new Refusals({ metrics, logger, clients, now: epochSeconds }),
      },
      {
        provide: Door,
        inject: [AppLogger, Inwards, ClientAddresses, Refusals],
        useFactory: (logger: AppLogger, gateway: Inwards, clients: ClientAddresses, refusals: Refusals) =>
          new Door({
            gateway,
            clients,
            routes: publishedRoutes(),
            bodyOf: config.SOUK_VARIANTS.includes('gatekeeper-unread') ? unreadBody : strictBody,
            passedHeaders: config.PASSED_HEADERS,
            refusals,
            tellCut: cutAnswers(logger),
          }),
      },
      ...(certificate === undefined ? [] : [presented(certificate)]),
    ],
  };
}

/** From the start on: nothing asks for it. */
const presented = (certificate: Watched<Certificate>): Provider => ({
  provide: CertificateFiles,
  inject: [HttpAdapterHost, Metrics, WatchedFiles],
  useFactory: (host: HttpAdapterHost, metrics: Metrics, files: WatchedFiles) => {
    const fastify = host.httpAdapter.getInstance<FastifyInstance>();
    presentCertificate(certificate, { fastify, metrics, files });
    return certificate;
  },
});
