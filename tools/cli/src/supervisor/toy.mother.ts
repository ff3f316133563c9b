import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ProcessSpec } from './process-spec.ts';

const SERVER = `
  require('node:http').createServer((_, answer) => answer.end('ready')).listen(Number(process.env.PORT), '127.0.0.1');
  if (process.env.DEAF) process.on('SIGTERM', () => {});
  if (process.env.TALKS) setInterval(() => console.log('something'), 50);
`;

/** A process as small as can be that answers its probe. */
export async function aToy(dir: string, more: Partial<ProcessSpec> = {}): Promise<ProcessSpec> {
  const port = await freePort();
  return {
    name: 'toy',
    kind: 'service',
    command: process.execPath,
    args: ['-e', SERVER],
    cwd: dir,
    env: { PORT: String(port) },
    logFile: join(dir, 'toy.log'),
    port,
    probe: { protocol: 'http', port },
    stopSignal: 'SIGTERM',
    stopGraceMs: 2_000,
    fingerprint: '1',
    ...more,
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
