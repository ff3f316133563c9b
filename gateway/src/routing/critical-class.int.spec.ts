import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { FakeService, gatewaySettings, openShop, send, type TestShop } from '../gateway.mother.js';
import { aTable, TestRoutes } from './routing.mother.js';

/** So long those who hang keep their places. */
const HANGS_MS = 3_000;
/** Few places, so that they are soon taken; answers are kept for others, as in production. */
const settings = gatewaySettings({
  limitAnonymous: 1_000_000,
  limitUser: 1_000_000,
  shedSlackMs: 5_000,
  shedLoopMs: 5_000,
  shedFloor: 500,
  bulkheadPlaces: 4,
  bulkheadQueue: 0,
  upstreamTimeoutMs: HANGS_MS,
  responseCache: true,
});

describe('a service that is deployed once more for a class of callers', () => {
  let shop: TestShop;
  let routes: TestRoutes;
  let own: FakeService;

  beforeEach(async () => {
    routes = new TestRoutes();
    own = await new FakeService().start();
    shop = await openShop({ routes: routes.watched, settings });
    shop.services.catalog.answers(200, { from: 'standard' });
    own.answers(200, { from: 'critical' });
    await routes.put(aTable({}));
  });
  afterEach(async () => {
    await shop.close();
    await own.stop();
    routes.remove();
  });

  const divide = (): Promise<void> => {
    const critical = { urls: [`http://127.0.0.1:${own.port}`], roles: ['admin'] };
    return routes.put(aTable({ upstreams: { catalog: { critical } } }));
  };
  const ask = (token?: string, target = '/api/products') =>
    send(shop.gateway.port, target, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
  const from = async (...call: Parameters<typeof ask>) => (await ask(...call)).json['from'];

  /** All places of the standard class are taken by callers who wait for a service that hangs. */
  const hang = async (): Promise<void> => {
    shop.services.catalog.handler = () => undefined;
    const waiting = [0, 1, 2, 3].map((page) => ask(shop.alice, `/api/products?page=${page + 1}`));
    void Promise.all(waiting);
    await waitFor(() => shop.services.catalog.seen.length >= 4, { what: 'all places to be taken' });
  };

  it('BLK-4: answers by tier', async () => {
    await divide();
    expect(await Promise.all([from(shop.admin), from(shop.alice), from(), from(shop.admin)])).toEqual([
      'critical',
      'standard',
      'standard',
      'critical',
    ]);
    const { authorization } = own.seen[0]?.headers ?? {};
    expect(authorization).toMatch(/^Bearer /);
  });

  it('BLK-4: goes on for the critical class while that of the others hangs', async () => {
    await divide();
    await hang();
    expect((await ask(shop.alice, '/api/products?page=9')).status).toBe(503);
    const begun = performance.now();
    // The first of them is what others wait for at this moment.
    for (const page of [1, 2, 9]) expect(await from(shop.admin, `/api/products?page=${page}`)).toBe('critical');
    // Before any place of the others was free again.
    expect(performance.now() - begun).toBeLessThan(HANGS_MS);
  });

  it('BLK-4: without classes refuses everybody alike', async () => {
    await hang();
    expect((await ask(shop.admin, '/api/products?page=9')).status).toBe(503);
  });

  it('BLK-4: lends the instances of the others to the critical class when its own are away, and never the other way', async () => {
    await divide();
    await own.stop();
    expect(await from(shop.admin)).toBe('standard');
    await shop.services.catalog.stop();
    own = await new FakeService().start();
    own.answers(200, { from: 'critical' });
    await divide();
    expect(await from(shop.admin)).toBe('critical');
    expect((await ask(shop.alice, '/api/categories')).status).toBe(503);
    await shop.services.catalog.start();
  });

  it('BLK-4: has places and a circuit of its own, and metrics of both', async () => {
    await divide();
    await ask(shop.admin);
    const body = (await shop.gateway.management.find('/routes')?.())?.body as { upstreams: object[] };
    expect(body.upstreams).toContainEqual(expect.objectContaining({ name: 'catalog', version: 'critical' }));
    const breakers = await ask(shop.admin, '/api/admin/breakers');
    expect((breakers.json['items'] as { name: string }[]).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['catalog', 'catalog-critical', 'catalog-critical-waiting']),
    );
  });
});
