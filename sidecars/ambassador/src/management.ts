import type { Server } from 'node:http';
import { createServer } from './node-http.js';

export type Phase = 'starting' | 'running' | 'stopping';

export interface ManagementOptions {
  readonly host: string;
  readonly port: number;
  readonly phase: () => Phase;
  /** The text of /metrics. */
  readonly metrics: () => string;
  readonly breakers: Breakers;
}
export interface Breakers {
  list(): object;
  /** Undefined where there is no such breaker or action. */
  act(name: string, action: string): object | undefined;
}

/**
 * Probes and metrics. Ready means that the ports of the application are open: an upstream that is away is answered for, not
 * hidden behind a pod that is taken out of service.
 */
export async function startManagement({ host, port, phase, metrics, breakers }: ManagementOptions): Promise<Server> {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000 }, (request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (request.method === 'GET' && path === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics());
      return;
    }
    const [status, body] = answer(request.method, path, phase(), breakers);
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, () => resolve()));
  return server;
}

type Shown = [status: number, body: object];

function answer(method: string | undefined, path: string | undefined, phase: Phase, breakers: Breakers): Shown {
  // Of an answer to HEAD the server leaves the body out.
  if (method === 'GET' || method === 'HEAD') return shown(path, phase, breakers);
  return method === 'POST' ? done(path, breakers) : [405, { status: 'method-not-allowed' }];
}

function shown(path: string | undefined, phase: Phase, breakers: Breakers): Shown {
  if (path === '/breakers') return [200, breakers.list()];
  const [status, body] = probe(path, phase);
  return [status, { status: body }];
}

/** `POST /breakers/:name/:action`, neither of which needs decoding. */
function done(path: string | undefined, breakers: Breakers): Shown {
  const [, folder, name = '', action = '', ...more] = path?.split('/') ?? [];
  const body = folder === 'breakers' && more.length === 0 ? breakers.act(name, action) : undefined;
  return body === undefined ? [404, { status: 'not-found' }] : [200, body];
}

function probe(path: string | undefined, phase: Phase): [number, string] {
  if (path === '/livez') return [200, 'alive'];
  if (path === '/startupz') return phase === 'starting' ? [503, 'starting'] : [200, 'started'];
  if (path === '/readyz') return phase === 'running' ? [200, 'ready'] : [503, phase];
  return [404, 'not-found'];
}
