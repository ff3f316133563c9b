import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { HealthRegistry } from './health-registry.js';
import type { ManagementAnswer, ManagementHandler, ManagementRoutes } from './management-routes.js';

export type Phase = 'starting' | 'running' | 'stopping';

export interface ManagementOptions {
  readonly host: string;
  readonly port: number;
  readonly health: HealthRegistry;
  readonly routes: ManagementRoutes;
  readonly phase: () => Phase;
}

const MAX_BODY = 64 * 1024;

/** The port of probes: /livez (the event loop turns), /startupz, /readyz (with every dependency), and what modules add. */
export async function startManagementServer(options: ManagementOptions): Promise<Server> {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000 }, async (request, response) => {
    const handler = handlerFor(options, request.method ?? '', request.url ?? '');
    const { status, body, contentType } = (await answer(handler, request)) ?? {
      status: 404,
      body: { status: 'not-found' },
    };
    response.writeHead(status, { 'content-type': contentType ?? 'application/json', 'cache-control': 'no-store' });
    response.end(contentType === undefined ? JSON.stringify(body) : String(body));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return server;
}

async function answer(
  handler: ManagementHandler | undefined,
  request: IncomingMessage,
): Promise<ManagementAnswer | undefined> {
  try {
    return await handler?.(request.method === 'PUT' ? await jsonOf(request) : undefined, request.headers);
  } catch (error) {
    return { status: 500, body: { status: 'failed', error: error instanceof Error ? error.message : String(error) } };
  }
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) {
    text += chunk;
    if (text.length > MAX_BODY) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function handlerFor(
  { health, routes, phase }: ManagementOptions,
  method: string,
  url: string,
): ManagementHandler | undefined {
  const path = url.split('?', 1)[0] ?? '';
  if (method !== 'GET') return routes.find(path, method);
  switch (path) {
    case '/livez':
      return () => ({ status: 200, body: { status: 'alive' } });
    case '/startupz':
      return () =>
        phase() === 'starting'
          ? { status: 503, body: { status: 'starting' } }
          : { status: 200, body: { status: 'started' } };
    case '/readyz':
      return () => readiness(health, phase());
    default:
      return routes.find(path);
  }
}

async function readiness(health: HealthRegistry, phase: Phase): Promise<ManagementAnswer> {
  if (phase !== 'running') return { status: 503, body: { status: phase, checks: {} } };
  const { ready, checks } = await health.report();
  return { status: ready ? 200 : 503, body: { status: ready ? 'ready' : 'not-ready', checks } };
}
