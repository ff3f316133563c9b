import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type GatewaySettings, serviceSettings } from '@souk/contracts';
import { createApp, ManagementRoutes } from '@souk/service-kit';
import { readConfig } from './config.js';
import { edgeHooks } from './gatekeeper/edge-hooks.js';
import { gatewayModule, type GatewayOverrides } from './gateway.module.js';
import { CLIENT, FakeProvider } from './identity/provider.mother.js';
import { aToken, ISSUER, type Keys, newKeys } from './keys.mother.js';
import { certificateOf, tlsOptions } from './offloading/certificate.js';
import type { UpstreamName } from './routing/routes.js';

export { aToken, type Keys, newKeys } from './keys.mother.js';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
type Handler = (request: Seen, response: ServerResponse) => void;

/** A real HTTP server in the place of a service; remembers what it was asked. */
export class FakeService {
  readonly seen: Seen[] = [];
  handler: Handler = (_request, response) => void response.end('{}');
  readonly #server: Server;

  constructor() {
    this.#server = createServer((incoming, response) => void this.#take(incoming, response));
  }

  async #take(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = incoming;
    const request = { method, url, headers, body: Buffer.concat(chunks).toString() };
    this.seen.push(request);
    this.handler(request, response);
  }

  answers(status: number, body: unknown, headers: Record<string, string> = {}): void {
    this.handler = (_request, response) =>
      void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  }

  async start(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Record<string, unknown> & { code?: string };
}

/** Sends exactly the target it is given: fetch would tidy it up first. */
export function send(
  port: number,
  target: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string | string[]>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', path: target, method, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = text !== '' && String(incoming.headers['content-type']).includes('json');
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text,
          json: isJson ? JSON.parse(text) : {},
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

export interface TestOverrides extends GatewayOverrides {
  readonly provider?: FakeProvider;
  readonly env?: Record<string, string>;
}

export interface RunningGateway {
  readonly app: NestFastifyApplication;
  readonly port: number;
  readonly management: ManagementRoutes;
  /** Of its key files: internal.json, client.secret, session.key. */
  readonly dir: string;
  readonly provider: FakeProvider;
  close(): Promise<void>;
}

/** Settings with these values, defaults for the rest; each request reaches its service, and leaves no line on the screen. */
export const gatewaySettings = (given: Partial<GatewaySettings>): { value: GatewaySettings } => ({
  value: serviceSettings.gateway.parse({ responseCache: false, accessLogPercent: 0, ...given }),
});

/** Where the tests' browser believes to be. */
export const SHOP = 'http://shop.test:8080';

/** What a process that calls these services is told, whatever its part in the gateway. */
export function innerEnvironmentOf(services: Readonly<Record<UpstreamName, { port: number }>>): Record<string, string> {
  const url = (name: keyof typeof services): string => `http://127.0.0.1:${services[name].port}`;
  return {
    HTTP_PORT: '0',
    MANAGEMENT_PORT: '0',
    LOG_LEVEL: 'silent',
    CATALOG_URL: url('catalog'),
    INVENTORY_URL: url('inventory'),
    ORDER_URL: url('order'),
    ORDER_QUERY_URL: url('order-query'),
    RECOMMENDATION_URL: url('recommendation'),
    PUBLIC_URL: SHOP,
  };
}

/** The same behind every name. */
export const everyServiceIs = <S>(service: S): Record<UpstreamName, S> => ({
  catalog: service,
  inventory: service,
  order: service,
  'order-query': service,
  recommendation: service,
});

/** What a gateway process in front of these services is told; its key files are written to the folder. */
export async function environmentOf(
  services: Readonly<Record<UpstreamName, { port: number }>>,
  { internal, provider, dir }: { internal: Keys; provider: FakeProvider; dir: string },
): Promise<Record<string, string>> {
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(dir, name), content, { mode: 0o600 });
    return join(dir, name);
  };
  return {
    ...innerEnvironmentOf(services),
    OIDC_ISSUER: ISSUER,
    OIDC_URL: provider.url,
    OIDC_CLIENT_SECRET_FILE: await file('client.secret', CLIENT.secret),
    SESSION_KEY_FILE: await file('session.key', randomBytes(32).toString('base64url')),
    INTERNAL_SIGNING_KEY_FILE: await file('internal.json', JSON.stringify(internal.privateJwk)),
  };
}

/** The gateway on a free port in front of these services, with key files as the command line writes them and a provider of its own. */
export async function startGateway(
  services: Readonly<Record<UpstreamName, { port: number }>>,
  keys: { issuer: Keys; internal: Keys },
  overrides: TestOverrides = {},
): Promise<RunningGateway> {
  const dir = await mkdtemp(join(tmpdir(), 'gateway-'));
  const provider = overrides.provider ?? (await new FakeProvider(keys.issuer).start());
  const env = await environmentOf(services, { internal: keys.internal, provider, dir });
  const config = readConfig({ ...env, ...overrides.env });
  const management = new ManagementRoutes();
  const { settings = gatewaySettings({}) } = overrides;
  const certificate = certificateOf(config);
  const module = gatewayModule(config, { ...overrides, settings, ...(certificate && { certificate }) });
  const tls = certificate && { tls: tlsOptions(certificate.value) };
  const app = await createApp(module, config, { onFastify: edgeHooks(config), routes: management, ...tls });
  await app.listen(0, '127.0.0.1');
  const port = (app.getHttpServer().address() as AddressInfo).port;
  const close = async (): Promise<void> => {
    await app.close();
    await provider.stop();
    await rm(dir, { recursive: true });
  };
  return { app, port, management, dir, provider, close };
}

export interface TestShop {
  readonly services: Record<UpstreamName, FakeService>;
  readonly keys: { issuer: Keys; internal: Keys };
  readonly gateway: RunningGateway;
  readonly alice: string;
  readonly admin: string;
  /** Forgets what was asked and answers 200 again. */
  reset(): void;
  close(): Promise<void>;
}

/** A gateway in front of fake services, with a customer's and an admin's token. */
export async function openShop(overrides: TestOverrides = {}): Promise<TestShop> {
  const keys = { issuer: await newKeys(), internal: await newKeys() };
  const services = {
    catalog: await new FakeService().start(),
    inventory: await new FakeService().start(),
    order: await new FakeService().start(),
    'order-query': await new FakeService().start(),
    recommendation: await new FakeService().start(),
  };
  const gateway = await startGateway(services, keys, overrides);
  return {
    services,
    keys,
    gateway,
    alice: await aToken(keys.issuer),
    admin: await aToken(keys.issuer, { sub: 'admin', roles: ['customer', 'admin'] }),
    reset: () => {
      for (const service of Object.values(services)) {
        service.seen.length = 0;
        service.answers(200, { from: 'service' });
      }
    },
    close: async () => {
      await gateway.close();
      await Promise.all(Object.values(services).map((service) => service.stop()));
    },
  };
}
