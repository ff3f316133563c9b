import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, Metrics } from '@souk/observability';
import { createApp, ManagementRoutes } from '@souk/service-kit';
import { gatewaySettings, type Keys, newKeys, openShop, type TestOverrides, type TestShop } from '../gateway.mother.js';
import { certificateOf, tlsOptions } from '../offloading/certificate.js';
import { readConfig } from './config.js';
import { edgeHooks } from './edge-hooks.js';
import { gatekeeperModule } from './gatekeeper.module.js';

export interface GuardedShop {
  readonly shop: TestShop;
  /** Of the gatekeeper. */
  readonly port: number;
  readonly key: Keys;
  /** Every request that came to the gateway, refused ones too. */
  readonly arrived: { method: string; url: string; headers: Record<string, unknown> }[];
  /** What the gatekeeper tells of itself, as Prometheus reads it. */
  metrics(): string;
  /** Its warnings. */
  readonly log: Record<string, unknown>[];
  close(): Promise<void>;
}

/** The gatekeeper in front of a gateway that lets nobody else in, each with a server of its own. */
export async function openGuardedShop(
  overrides: TestOverrides = {},
  env: Record<string, string> = {},
): Promise<GuardedShop> {
  const dir = await mkdtemp(join(tmpdir(), 'gatekeeper-'));
  const key = await newKeys();
  await writeFile(join(dir, 'key.json'), JSON.stringify(key.privateJwk));
  const management = new ManagementRoutes();
  const keySet = createServer(async (_request, response) => {
    const answer = await management.find('/jwks.json')?.();
    response.writeHead(answer?.status ?? 503).end(JSON.stringify(answer?.body ?? {}));
  });
  await new Promise<void>((resolve) => keySet.listen(0, '127.0.0.1', resolve));
  const jwks = `http://127.0.0.1:${(keySet.address() as AddressInfo).port}/jwks.json`;
  const shop = await openShop({ ...overrides, env: { ...overrides.env, GATEKEEPER_JWKS_URL: jwks } });
  const arrived: GuardedShop['arrived'] = [];
  shop.gateway.app.getHttpServer().on('request', ({ method, url, headers }: GuardedShop['arrived'][number]) => {
    arrived.push({ method, url, headers: { ...headers } });
  });
  const config = readConfig({
    HTTP_PORT: '0',
    MANAGEMENT_PORT: '0',
    LOG_LEVEL: 'silent',
    PUBLIC_URL: 'http://shop.test:8080',
    GATEWAY_URL: `${overrides.env?.['TLS_CERT_FILE'] === undefined ? 'http' : 'https'}://127.0.0.1:${shop.gateway.port}`,
    GATEKEEPER_KEY_FILE: join(dir, 'key.json'),
    ...env,
  });
  const log: GuardedShop['log'] = [];
  const write = (line: string): void => void log.push(JSON.parse(line) as GuardedShop['log'][number]);
  const certificate = certificateOf(config);
  const app = await createApp(
    gatekeeperModule(config, overrides.settings ?? gatewaySettings({}), certificate),
    config,
    {
      logger: createLogger({ name: 'gatekeeper', level: 'warn', destination: { write } }),
      onFastify: edgeHooks(config),
      routes: management,
      ...(certificate && { tls: tlsOptions(certificate.value) }),
    },
  );
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const close = async (): Promise<void> => {
    await app.close();
    await shop.close();
    keySet.closeAllConnections();
    keySet.close();
    await rm(dir, { recursive: true });
  };
  return { shop, port, key, arrived, metrics: () => app.get(Metrics).render(), log, close };
}
