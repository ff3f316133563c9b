import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Gatekeeper } from '../gatekeeper/gatekeeper.js';
import { Proxy } from './proxy.js';
import { routes } from './routes.js';
import type { UpstreamCall } from './upstream.js';
import type { Upstreams } from './upstreams.js';

/** What the service would be asked; the call itself fails, because only its limits matter here. */
async function callFor(path: string, query: object = {}): Promise<UpstreamCall | undefined> {
  let seen: UpstreamCall | undefined;
  const request = (call: UpstreamCall) => {
    seen = call;
    return Promise.reject(new Error('far enough'));
  };
  const gatekeeper = { admit: async () => 'token' } as unknown as Gatekeeper;
  const upstreams = { of: () => ({ request }) } as unknown as Upstreams;
  const proxy = new Proxy(gatekeeper, upstreams, { note: () => undefined }, { value: { upstreamTimeoutMs: 5_000 } });
  const route = routes.find((one) => one.path === path && one.method === 'GET');
  if (!route) throw new Error(`no route ${path}`);
  const reply = { raw: new EventEmitter() } as unknown as FastifyReply;
  await proxy
    .forward({ headers: {}, url: '/', query } as unknown as FastifyRequest, reply, route, '/')
    .catch(() => undefined);
  return seen;
}

describe('the limits of a call', () => {
  it('an event stream may be silent for as long as it likes, other answers may not', async () => {
    expect((await callFor('/api/orders/:id/stream'))?.bodyTimeoutMs).toBe(0);
    expect((await callFor('/api/orders/:id'))?.bodyTimeoutMs).toBeUndefined();
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
});
