import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from '@jest/globals';
import { freePort } from './free-port.js';

/** What makes `freePort` choose a port. */
const diceFor = (port: number): number => (port - 24_000 + 0.5) / 8_000;

it('is one that nobody listens at, that was not given before, and that no outgoing connection gets', async () => {
  const taken = await freePort();
  const server = createServer().listen(taken, '127.0.0.1');
  await once(server, 'listening');
  const before = await freePort();
  const dice = [taken, before].map(diceFor);
  try {
    const port = await freePort(() => dice.shift() ?? Math.random());
    expect(dice).toEqual([]);
    expect([taken, before]).not.toContain(port);
    expect(port).toBeLessThan(32_768);
  } finally {
    server.close();
  }
});
