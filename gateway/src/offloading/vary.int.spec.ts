import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { gatewaySettings, openShop, send, type TestShop } from '../gateway.mother.js';
import { aTable, TestRoutes } from '../routing/routing.mother.js';

let shop: TestShop;
let routes: TestRoutes;
beforeEach(async () => {
  routes = new TestRoutes();
  const settings = gatewaySettings({ responseCache: true, corsOrigins: ['https://page.example'] });
  shop = await openShop({ settings, routes: routes.watched });
  shop.reset();
});
afterEach(async () => {
  await shop.close();
  routes.remove();
});

it('OFF-4 caches between us and the caller are told on what an answer depends, kept or not: headers that choose its route, and the origin', async () => {
  const upstream = { upstream: 'catalog', access: 'anonymous', headers: { 'x-kind': 'a', 'x-shape': 'b' } };
  await routes.put(aTable({ routes: [{ method: 'GET', path: '/api/products', ...upstream }] }));
  const asAlice = { authorization: `Bearer ${shop.alice}` };
  for (const [came, who] of [
    ['stored', {}],
    ['hit', {}],
    ['bypass', asAlice],
  ] as const) {
    const { headers } = await send(shop.gateway.port, '/api/products', { headers: who });
    const names = String(headers.vary).split(', ').toSorted();
    // Whether it is large enough to be compressed is another matter.
    const others = names.filter((name) => name !== 'Accept-Encoding');
    expect([headers['cache-status'], others]).toEqual([expect.stringContaining(came), ['Origin', 'x-kind', 'x-shape']]);
  }
});
