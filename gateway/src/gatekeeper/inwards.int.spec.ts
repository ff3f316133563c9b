import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { Inwards } from './inwards.js';
import { PASS_HEADER } from './passes.js';

const FULL = { code: 'upstream-overloaded', kind: 'unavailable', retryAfterSeconds: 1 };
const STREAM = '/api/orders/1/stream';

describe('the ways to the gateway', () => {
  let server: Server;
  let inwards: Inwards;
  let held: { request: IncomingMessage; response: ServerResponse }[];
  let passes: number;
  beforeEach(async () => {
    [held, passes] = [[], 0];
    server = createServer((request, response) => {
      if (request.url === '/prompt') response.end('{}');
      else if (request.url === '/openapi.json') response.writeHead(403).end();
      else held.push({ request, response });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const places = { prompt: 1, waiting: 2 };
    inwards = new Inwards({
      baseUrl: `http://127.0.0.1:${port}`,
      passes: { current: () => `pass ${(passes += 1)}` },
      places,
    });
  });
  afterEach(async () => {
    server.closeAllConnections();
    await inwards.onApplicationShutdown();
    await new Promise((resolve) => server.close(resolve));
  });
  const go = (path: string, signal?: AbortSignal) =>
    inwards.request({ method: 'GET', path, headers: { host: 'shop.test' }, signal }).then(async ({ status, body }) => {
      await body.bytes();
      return status;
    });
  const arrived = (count: number) => waitFor(() => held.length === count, { what: `${count} requests at the gateway` });
  const streams = async (): Promise<Promise<number>[]> => {
    const open = [go(STREAM), go('/api/orders/1?wait=30s')];
    await arrived(2);
    return open;
  };

  it('streams and long polls of all places keep nobody else out', async () => {
    const open = await streams();
    await expect(go('/prompt')).resolves.toBe(200);
    await expect(inwards.check()).resolves.toBeUndefined();
    for (const { response } of held) response.end();
    expect(await Promise.all(open)).toEqual([200, 200]);
  });

  it('who finds no place is told so at once, and is nowhere: no pass, no count, no request that waits', async () => {
    const open = await streams();
    let entered = 0;
    const call = { method: 'GET', path: STREAM } as const;
    for (let times = 0; times < 50; times += 1)
      await expect(inwards.request(call, () => (entered += 1))).rejects.toMatchObject(FULL);
    expect([entered, passes, inwards.underWay]).toEqual([0, 2, { prompt: 0, waiting: 2 }]);
    for (const { response } of held) response.end();
    await Promise.all(open);
    expect([held.length, inwards.underWay]).toEqual([2, { prompt: 0, waiting: 0 }]);
  });

  it('the place is there until the last byte of the answer', async () => {
    const answer = inwards.request({ method: 'GET', path: '/slow' });
    await arrived(1);
    held[0]?.response.write('a');
    const { body } = await answer;
    await expect(go('/prompt')).rejects.toMatchObject(FULL);
    held[0]?.response.end();
    expect(String(await body.bytes())).toBe('a');
    await expect(go('/prompt')).resolves.toBe(200);
  });

  it.each<[string, (end: AbortController) => unknown, string]>([
    ['its caller leaves', (end: AbortController) => end.abort(), 'upstream-timeout'],
    ['the gateway breaks off', () => held[0]?.response.destroy(), 'upstream-unavailable'],
  ])('the place is free again when %s before there is an answer', async (_what, happens, code) => {
    const end = new AbortController();
    const failed = expect(go('/slow', end.signal)).rejects.toMatchObject({ code });
    await arrived(1);
    happens(end);
    await failed;
    expect(inwards.underWay).toEqual({ prompt: 0, waiting: 0 });
    await expect(go('/prompt')).resolves.toBe(200);
  });

  it('the place is free again when the answer is not wanted, or there is no pass to be had', async () => {
    const answer = inwards.request({ method: 'GET', path: '/slow' });
    await arrived(1);
    held[0]?.response.write('a');
    (await answer).body.dump();
    expect(inwards.underWay.prompt).toBe(0);
    const none = { current: () => Promise.reject(new Error('no key')) };
    const keyless = new Inwards({ baseUrl: 'http://127.0.0.1:1', passes: none });
    await expect(keyless.request({ method: 'GET', path: '/prompt' })).rejects.toThrow('no key');
    expect(keyless.underWay.prompt).toBe(0);
    await keyless.onApplicationShutdown();
  });

  it('GK-10 the pass is put on what goes in, and is that of the moment when there is a place', async () => {
    const open = await streams();
    expect(held.map(({ request: { headers } }) => [headers.host, headers[PASS_HEADER]])).toEqual([
      ['shop.test', 'pass 1'],
      ['shop.test', 'pass 2'],
    ]);
    for (const { response } of held) response.end();
    await Promise.all(open);
  });
});
