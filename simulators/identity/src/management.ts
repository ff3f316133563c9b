import type { Server } from 'node:http';
import { createServer } from './node-http.js';

export type Phase = 'starting' | 'running' | 'stopping';

export interface ManagementOptions {
  readonly host: string;
  readonly port: number;
  readonly phase: () => Phase;
  /** The text of /metrics. */
  readonly metrics: () => string;
  /** What the process follows without a restart, for /configz; no secrets. */
  readonly followed: () => unknown;
}

/** Probes, metrics and what is followed. The simulator stands on nothing that could be away: it is ready while it runs. */
export async function startManagement(options: ManagementOptions): Promise<Server> {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000 }, (request, response) => {
    const path = request.method === 'GET' ? request.url?.split('?', 1)[0] : undefined;
    if (path === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(options.metrics());
      return;
    }
    const [status, body] = answer(path, options);
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  });
  await listening(server, options);
  return server;
}

export async function listening(
  server: Server,
  { host, port }: Pick<ManagementOptions, 'host' | 'port'>,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function answer(path: string | undefined, { phase, followed }: ManagementOptions): [number, unknown] {
  const now = phase();
  if (path === '/livez') return [200, { status: 'alive' }];
  if (path === '/startupz') return now === 'starting' ? [503, { status: now }] : [200, { status: 'started' }];
  if (path === '/readyz') return now === 'running' ? [200, { status: 'ready', checks: {} }] : [503, { status: now }];
  if (path === '/configz') return [200, followed()];
  return [404, { status: 'not-found' }];
}
