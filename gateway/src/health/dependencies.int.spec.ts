import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HealthRegistry } from '@souk/service-kit';
import { FakeService, openShop, type TestShop } from '../gateway.mother.js';

describe('the deep check of the gateway', () => {
  let shop: TestShop;
  let health: HealthRegistry;
  beforeAll(async () => {
    shop = await openShop();
    health = shop.gateway.app.get(HealthRegistry);
  });
  afterAll(() => shop.close());
  const away = async () =>
    Object.entries(await health.askAll()).flatMap(([name, { ok, core }]) => (ok ? [] : [{ name, core }]));

  it('HEM-1 asks everything it leads to, a refusal being an answer', async () => {
    shop.services.catalog.answers(404, { code: 'route-not-found' });
    shop.services.order.answers(401, { code: 'authentication-required' });
    expect(Object.keys(await health.askAll()).sort()).toEqual([
      'catalog',
      'identity',
      'inventory',
      'order',
      'order-query',
      'recommendation',
    ]);
    expect(await away()).toEqual([]);
  });

  it('HEM-3 names a service that answers with a failure', async () => {
    shop.services.inventory.answers(500, {});
    expect(await away()).toEqual([{ name: 'inventory', core: true }]);
    expect((await health.askAll())['inventory']).toMatchObject({ error: 'answered 500' });
    shop.reset();
  });

  it('HEM-2 recommendation away is no core failure, and neither is it one of readiness', async () => {
    await shop.services.recommendation.stop();
    expect(await away()).toEqual([{ name: 'recommendation', core: false }]);
    expect((await health.askAll())['recommendation']?.error).toContain('ECONNREFUSED');
    expect((await health.report()).ready).toBe(true);
  });

  it('HEM-2 a core service away fails the deep check, and takes no gateway out of rotation', async () => {
    await shop.services.order.stop();
    expect(await away()).toContainEqual({ name: 'order', core: true });
    expect((await health.report()).ready).toBe(true);
  });

  it('HEM-3 asks services whether they are ready, where it knows where', async () => {
    const management = await new FakeService().start();
    management.answers(503, { status: 'not-ready' });
    const env = { UPSTREAM_MANAGEMENT_PORT: String(management.port) };
    const other = await openShop({ env });
    const found = await other.gateway.app.get(HealthRegistry).askAll();
    expect(found['inventory']).toMatchObject({ ok: false, error: 'answered 503' });
    expect(new Set(management.seen.map(({ url }) => url))).toEqual(new Set(['/readyz']));
    await other.close();
    await management.stop();
  });
});
