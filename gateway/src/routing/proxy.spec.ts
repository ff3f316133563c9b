import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { routeTable, serviceSettings } from '@souk/contracts';
import { serverLimits } from '@souk/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Gatekeeper } from '../gatekeeper/gatekeeper.js';
import type { Ask } from '../offloading/cached-answers.js';
import { ClientAddresses } from '../offloading/client-address.js';
import type { Offloading } from '../offloading/offloading.js';
import { Proxy } from './proxy.js';
import { packagedTable } from './routes.js';
import type { UpstreamCall } from './upstream.js';
import type { Versions } from './versions.js';

/** What the service would be asked; the call itself fails, because only its limits matter here. */
async function callFor(
  path: string,
  query: object = {},
  isShared = false,
  destroyed = false,
): Promise<UpstreamCall | undefined> {
  let seen: UpstreamCall | undefined;
  const request = (call: UpstreamCall) => {
    seen = call;
    return Promise.reject(new Error('far enough'));
  };
  const gatekeeper = { admit: async () => 'token' } as unknown as Gatekeeper;
  const table = { of: () => ({ request, isCritical: () => false }) as unknown as Versions, isOurs: () => false };
  const clients = new ClientAddresses();
  const shared = async ({ load }: Ask) => ({ kind: 'answer', answer: await load() });
  const answers = {
    offer: (_request: unknown, _reply: unknown, ask: Ask) => (isShared ? shared(ask) : { kind: 'alone' }),
  };
  const activity = { note: () => undefined, page: () => undefined };
  const offloading = { clients, answers } as unknown as Offloading;
  const proxy = new Proxy(gatekeeper, activity, offloading, { value: { upstreamTimeoutMs: 5_000 } });
  const route = packagedTable.routes.find((one) => one.path === path && one.method === 'GET');
  if (!route) throw new Error(`no route ${path}`);
  const found = { kind: 'found', route, path: '/', chosenBy: [], table } as const;
  const reply = { raw: Object.assign(new EventEmitter(), { destroyed }) } as unknown as FastifyReply;
  await proxy
    .forward({ headers: {}, url: '/', query, raw: {} } as unknown as FastifyRequest, reply, found, '/')
    .catch(() => undefined);
  return seen;
}

describe('the limits of a call', () => {
  it('an event stream may be silent for as long as it likes, other answers may not', async () => {
    expect((await callFor('/api/orders/:id/stream'))?.bodyTimeoutMs).toBe(0);
    expect((await callFor('/api/orders/:id'))?.bodyTimeoutMs).toBeUndefined();
  });

  it('CCH-11 one for many ends neither with its caller nor late', async () => {
    const alone = await callFor('/api/products');
    expect([alone?.signal, alone?.bodyTimeoutMs]).toEqual([expect.any(AbortSignal), undefined]);
    const shared = await callFor('/api/products', {}, true);
    expect([shared?.path, shared?.signal, shared?.bodyTimeoutMs]).toEqual(['/', undefined, 5_000]);
  });

  it.each([
    [undefined, 5_000],
    ['5s', 10_000],
    ['99s', 35_000],
    ['5', 5_000],
    ['-5s', 5_000],
    [['1s', '2s'], 5_000],
  ])('a long poll of %j has until its headers %i ms', async (wait, timeoutMs) => {
    expect((await callFor('/api/orders/:id', { wait }))?.timeoutMs).toBe(timeoutMs);
  });

  it('nobody is sent away before the longest of them is over', async () => {
    const waitMs = ((await callFor('/api/orders/:id', { wait: '99s' }))?.timeoutMs ?? 0) - 5_000;
    const tooLong = serverLimits.connectionTimeout - waitMs;
    const route = { method: 'GET', path: '/api/products', upstream: 'catalog', access: 'anonymous' };
    const isTaken = (timeoutMs: number): boolean[] => [
      routeTable.safeParse({ routes: [{ ...route, timeoutMs }] }).success,
      serviceSettings.gateway.safeParse({ upstreamTimeoutMs: timeoutMs }).success,
    ];
    expect([isTaken(5_000), isTaken(tooLong)]).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  it('waiting is for the route that says so: elsewhere nobody buys time or a place by it', async () => {
    expect((await callFor('/api/orders/:id', { wait: '5s' }))?.isLong).toBe(true);
    for (const path of ['/api/products', '/api/cart', '/api/orders'])
      expect(await callFor(path, { wait: '5s' })).toMatchObject({ isLong: false, timeoutMs: 5_000 });
  });

  it('is over before it began for who left while the gatekeeper looked', async () => {
    expect((await callFor('/api/cart'))?.signal?.aborted).toBe(false);
    expect((await callFor('/api/cart', {}, false, true))?.signal?.aborted).toBe(true);
  });
});
