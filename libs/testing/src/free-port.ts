import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below what Linux gives to connections that go out (net.ipv4.ip_local_port_range begins at 32768): from there, any connection
 * of any process could take the port between the look and its use.
 */
const LOWEST = 24_000;
const HIGHEST = 31_999;
const TRIES = 100;
/** Given before, by this process: whoever asked may not listen yet. */
const given = new Set<number>();

/** A port of 127.0.0.1 that nobody has at this moment, for a process that must be told one. */
export async function freePort(random: () => number = Math.random): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = LOWEST + Math.floor(random() * (HIGHEST - LOWEST + 1));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`none of ${TRIES} ports between ${LOWEST} and ${HIGHEST} is free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
