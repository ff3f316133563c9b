import { tmpdir } from 'node:os';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openInstance } from '../../../cli/src/instance.ts';
import { contextOf } from '../../../cli/src/shop/context.ts';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import { randomOf } from '../history/random.ts';
import { HostTarget } from '../target/host.ts';
import { faultOf } from './fault-of.mother.ts';

const WITHIN_MS = 5_000;

interface Asked {
  readonly path: string;
  readonly at: number;
  readonly authorization: string | undefined;
}

let server: Server;
let asked: Asked[];
/** What the gateway does with a request; it is noted anyway. */
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let until: AbortController;
let work: Promise<unknown>[];
let notes: string[];
let counted: Record<string, number>;

beforeEach(async () => {
  [asked, work, notes, counted, until] = [[], [], [], {}, new AbortController()];
  answer = (_, response) => response.end('{}');
  server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', at: performance.now(), authorization: request.headers.authorization });
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  await end();
  server.closeAllConnections();
  server.close();
});

async function inject(kind: string, parameters: unknown): Promise<void> {
  const instance = openInstance('nobody');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const context = { ...contextOf(instance, { GATEWAY_URL: url }), token: async (user: string) => `token-of-${user}` };
  const fault = faultOf(kind).read(parameters);
  await fault.inject({
    target: new HostTarget(instance, context, new Map()),
    journal: { before: async () => '1', undo: async () => undefined },
    random: randomOf(3),
    runWith: () => undefined,
    count: (series, by = 1) => void (counted[series] = (counted[series] ?? 0) + by),
    until: until.signal,
    background: (one) => void work.push(one),
    note: (text) => void notes.push(text),
    folder: tmpdir(),
  });
}

async function end(): Promise<void> {
  until.abort();
  await Promise.all(work);
}

describe('flood', () => {
  it('comes so many times a second, whatever the answers do, as one caller, until it is over', async () => {
    answer = () => undefined;
    await inject('flood', { perSecond: 200, path: '/api/x' });
    const begun = performance.now();
    await sleep(1_500);
    const due = (performance.now() - begun) / 5;
    expect(asked.length).toBeGreaterThan(due * 0.7);
    expect(asked.length).toBeLessThan(due * 1.1 + 5);
    expect(new Set(asked.map(({ path, authorization }) => `${path} ${authorization}`))).toEqual(
      new Set(['/api/x Bearer token-of-flood']),
    );
    await end();
    // What was on its way arrives; a busy machine takes its time.
    await sleep(1_000);
    const { length } = asked;
    await sleep(300);
    expect(asked).toHaveLength(length);
    expect(notes).toEqual(['flood has sent 0 requests']);
  });

  it('tells what it was answered', async () => {
    answer = (_, response) => response.writeHead(asked.length % 2 === 0 ? 429 : 200).end();
    await inject('flood', { perSecond: 100 });
    await sleep(500);
    await end();
    expect(notes[0]).toMatch(/^flood has sent \d+ requests: \d+ × 200, \d+ × 429/);
    expect([counted['flood.served'], counted['flood.refused']].every((count = 0) => count > 5)).toBe(true);
  });
});

describe('thundering-herd', () => {
  it('is there all at once: the last one comes before the first one is answered', async () => {
    const waiting: ServerResponse[] = [];
    answer = (_, response) => {
      waiting.push(response);
      if (waiting.length === 60) for (const one of waiting.splice(0)) one.end('{}');
    };
    await inject('thundering-herd', { clients: 60, path: '/api/x', waves: 2, every: '300ms' });
    await waitFor('both waves were there', WITHIN_MS, async () => notes.length > 0);
    expect(notes).toEqual(['the herd: 120 requests: 120 × 200']);
    expect(counted).toEqual({ 'herd.asked': 120, 'herd.served': 120, 'herd.refused': 0 });
    expect((asked[60]?.at ?? 0) - (asked[59]?.at ?? 0)).toBeGreaterThan(250);
  });

  it('asks for a product that there is', async () => {
    answer = ({ url }, response) =>
      response.end(JSON.stringify(url?.startsWith('/api/products?') ? { items: [{ productId: 'p-1' }] } : {}));
    await inject('thundering-herd', { clients: 2, path: '/api/products/{product}' });
    await waitFor('it was there', WITHIN_MS, async () => notes.length > 0);
    expect(asked.filter(({ path }) => path === '/api/products/p-1')).toHaveLength(2);
  });
});

describe('retry-storm', () => {
  it('asks again at once, so many times, for what fails', async () => {
    answer = (_, response) => response.writeHead(503).end();
    await inject('retry-storm', { clients: 1, tries: 4, path: '/api/x', pause: '500ms' });
    await waitFor('it has given up twice', WITHIN_MS, async () => asked.length >= 8);
    await end();
    const pauses = asked.slice(1, 8).map(({ at }, index) => at - (asked[index]?.at ?? 0));
    expect(pauses.map((ms) => (ms > 400 ? 'pause' : '-')).join(' ')).toBe('- - - pause - - -');
    expect(counted['storm.failed']).toBeGreaterThanOrEqual(7);
    expect(counted['storm.failed']).toBe(counted['storm.asked']);
  });

  it('asks once for what is answered, also with a no', async () => {
    answer = (_, response) => response.writeHead(404).end();
    await inject('retry-storm', { clients: 5, tries: 10, path: '/api/x', pause: '60s' });
    await sleep(300);
    await end();
    expect(asked.length).toBeLessThanOrEqual(5);
  });
});

describe('slowloris', () => {
  const connections = (): Promise<number> =>
    new Promise((resolve) => void server.getConnections((_, count) => resolve(count)));

  it('holds connections whose headers never end, and makes new ones for those that are closed', async () => {
    await inject('slowloris', { sockets: 30, every: '100ms' });
    await waitFor('they are there', WITHIN_MS, async () => (await connections()) === 30);
    await sleep(300);
    server.closeAllConnections();
    await waitFor('they are there again', WITHIN_MS, async () => (await connections()) === 30);
    expect(asked).toEqual([]);
    await end();
    await waitFor('they are gone', WITHIN_MS, async () => (await connections()) === 0);
    expect(notes).toEqual(['60 slow connections were made, 30 of them in place of one that was closed']);
    expect(counted).toEqual({ 'slow.opened': 60, 'slow.closed': 30 });
  });

  it('sends a body that never ends', async () => {
    let bytes = 0;
    answer = (request) => request.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('error', () => undefined);
    await inject('slowloris', { sockets: 3, part: 'body', every: '100ms' });
    await waitFor('drops come in', WITHIN_MS, async () => bytes > 9);
    expect(asked.map(({ path }) => path)).toEqual(['/api/orders', '/api/orders', '/api/orders']);
  });
});

describe('idle-callers', () => {
  it('ask again on the same connection after a silence, and count what fails', async () => {
    const sockets = new Set<unknown>();
    answer = ({ socket }, response) => {
      sockets.add(socket);
      response.writeHead(asked.length % 2 === 0 ? 500 : 200).end();
    };
    await inject('idle-callers', { connections: 4, idle: '300ms', spread: '50ms' });
    await waitFor('all have asked three times', WITHIN_MS, async () => (counted['idle.asked'] ?? 0) >= 12);
    await end();
    const at = asked.map((one) => one.at);
    expect([sockets.size, (at.at(-1) ?? 0) - (at[0] ?? 0) > 450]).toEqual([4, true]);
    expect(counted['idle.failed']).toBe(Math.floor(asked.length / 2));
  });

  it('lose a request where the connection is closed under it', async () => {
    await inject('idle-callers', { connections: 1, idle: '200ms', spread: '0ms' });
    await waitFor('it has asked', WITHIN_MS, async () => counted['idle.asked'] === 1);
    answer = ({ socket }) => socket.destroy();
    await waitFor('it has lost one', WITHIN_MS, async () => counted['idle.failed'] === 1);
  });
});
