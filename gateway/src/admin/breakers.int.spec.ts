import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { breakerList, type BreakerView, breakerView } from '@souk/contracts';
import { Metrics } from '@souk/observability';
import { gatewaySettings, openShop, send, type TestShop } from '../gateway.mother.js';

const PAYMENT: BreakerView = {
  name: 'payment',
  process: 'ambassador order-1 7',
  circuit: 'open',
  forced: null,
  openForMs: 500,
  lastError: null,
  lastChange: null,
  window: { calls: 0, failures: 0 },
  bulkhead: null,
  counts: { calls: 0, tries: 0, retries: 0, ok: 0, failed: 0, open: 0, full: 0, cancelled: 0 },
};

describe('/api/admin/breakers', () => {
  let shop: TestShop;

  beforeEach(async () => {
    // A circuit that is open does not try by itself while a test looks at it.
    shop = await openShop({ settings: gatewaySettings({ breakerOpenMs: 30_000 }) });
  });
  afterEach(() => shop.close());

  const call = (target: string, { method = 'GET', token = shop.admin } = {}) =>
    send(shop.gateway.port, `/api/admin/breakers${target}`, {
      method,
      headers: token === '' ? {} : { authorization: `Bearer ${token}` },
    });
  const post = async (target: string) => {
    const answer = await call(target, { method: 'POST' });
    return breakerView.parse(answer.json);
  };
  const products = () => send(shop.gateway.port, '/api/products');

  it('CB-9: shows every circuit with what failed last and what changed last', async () => {
    shop.services.catalog.handler = (_request, response) => void response.socket?.destroy();
    for (let one = 0; one < 12; one++) await products();
    shop.services.order.answers(200, { items: [PAYMENT] });
    const { items, missing } = breakerList.parse((await call('')).json);
    expect(items.map(({ name }) => name)).toEqual(
      ['catalog', 'inventory', 'order', 'order-query', 'recommendation']
        .flatMap((name) => [name, `${name}-waiting`])
        .concat('payment'),
    );
    expect([missing, items[0]?.process, items.at(-1)?.process]).toEqual([
      [],
      expect.stringMatching(/^gateway /),
      PAYMENT.process,
    ]);
    const catalog = items.find(({ name }) => name === 'catalog');
    expect(catalog).toMatchObject({
      circuit: 'open',
      forced: null,
      bulkhead: { inUse: 0, queued: 0, places: 64 },
      lastError: { message: expect.stringMatching(/^catalog cannot be reached.*\(/) },
      lastChange: { from: 'closed', to: 'open', reason: 'failures' },
      counts: { calls: 12, tries: 15, retries: 5, failed: 10, open: 2 },
    });
    expect(catalog?.openForMs).toBeGreaterThan(0);
    expect(Math.abs(Date.parse(catalog?.lastChange?.at ?? '') - Date.now())).toBeLessThan(5_000);
    expect(items.find(({ name }) => name === 'inventory')).toMatchObject({ circuit: 'closed', lastError: null });
  });

  it('CB-9: holds a circuit open, holds it closed, and lets it go', async () => {
    await post('/catalog/reset');
    expect(await post('/catalog/force-open')).toMatchObject({ circuit: 'open', forced: 'open', openForMs: null });
    expect([(await products()).json.code, shop.services.catalog.seen]).toEqual(['upstream-unavailable', []]);
    expect(await post('/catalog/force-closed')).toMatchObject({ circuit: 'closed', forced: 'closed' });
    shop.services.catalog.handler = (_request, response) => void response.socket?.destroy();
    for (let one = 0; one < 30; one++) await products();
    expect(shop.services.catalog.seen.length).toBeGreaterThanOrEqual(30);
    shop.reset();
    expect(await post('/catalog/reset')).toMatchObject({ circuit: 'closed', forced: null, window: { calls: 0 } });
    expect((await products()).status).toBe(200);
  });

  it('CB-9: asks order about the circuits of its ambassador, and answers without it', async () => {
    shop.services.order.answers(200, PAYMENT);
    expect(await post('/payment/force-open')).toEqual(PAYMENT);
    const [seen] = shop.services.order.seen;
    expect([seen?.method, seen?.url]).toEqual(['POST', '/admin/breakers/payment/force-open']);
    expect(seen?.headers.authorization).toMatch(/^Bearer /);
    shop.services.order.answers(500, { code: 'internal-error' });
    expect((await call('/payment/reset', { method: 'POST' })).json.code).toBe('upstream-unavailable');
    const { items, missing } = breakerList.parse((await call('')).json);
    expect([items.length, missing]).toEqual([10, [{ service: 'order', reason: 'unavailable' }]]);
  });

  it('CB-10: tells state, changes, calls and places as metrics', async () => {
    await post('/order/force-open');
    const metrics = shop.gateway.app.get(Metrics).render();
    for (const line of [
      'souk_circuit_state{policy="order"} 1',
      'souk_circuit_forced{policy="order"} 1',
      'souk_circuit_changes_total{policy="order",to="open"} 1',
      'souk_bulkhead_in_use{policy="order"} 0',
      'souk_bulkhead_queued{policy="order"} 0',
      'souk_bulkhead_places{policy="order"} 64',
      'souk_calls_total{policy="order",outcome="full"} 0',
    ])
      expect(metrics).toContain(`${line}\n`);
    await post('/order/reset');
    expect(shop.gateway.app.get(Metrics).render()).toContain('souk_circuit_state{policy="order"} 0\n');
  });

  it('CB-9: refuses to hold a breaker that is off', async () => {
    const off = await openShop({ env: { SOUK_VARIANTS: 'breaker-off' } });
    const headers = { authorization: `Bearer ${off.admin}` };
    const act = (action: string) =>
      send(off.gateway.port, `/api/admin/breakers/catalog/${action}`, { method: 'POST', headers });
    const answers = await Promise.all(['force-open', 'force-closed', 'reset'].map(act));
    await off.close();
    expect(answers.map(({ status, json }) => [status, json.code])).toEqual(Array(3).fill([409, 'breaker-off']));
  });

  it('knows no other breakers, nor other things to do with one', async () => {
    const problem = { type: 't', title: 'Not Found', status: 404, code: 'breaker-not-found' };
    shop.services.order.answers(404, problem, { 'content-type': 'application/problem+json' });
    for (const target of ['/nobody/reset', '/catalog/explode']) {
      const answer = await call(target, { method: 'POST' });
      expect([answer.status, answer.json.code]).toEqual([404, 'breaker-not-found']);
    }
    expect((await call('/catalog/reset')).status).toBe(405);
    expect((await call('', { method: 'POST' })).status).toBe(405);
  });

  it.each([
    ['', 'GET'],
    ['/catalog/force-open', 'POST'],
    ['/nobody/reset', 'POST'],
  ])('is for administrators: %s', async (target, method) => {
    const statuses = await Promise.all(
      [shop.alice, ''].map(async (token) => (await call(target, { method, token })).status),
    );
    expect(statuses).toEqual([403, 401]);
    expect((await products()).status).toBe(200);
  });
});
