import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Metrics } from '@souk/observability';
import { waitFor } from '@souk/testing';
import { type Answer, FakeService, gatewaySettings, openShop, send, type TestShop } from '../gateway.mother.js';

/** Once open it stays so. */
const settings = gatewaySettings({ limitAnonymous: 1_000_000, upstreamTimeoutMs: 2_000, breakerOpenMs: 30_000 });

describe('a sick service', () => {
  let shop: TestShop;
  afterEach(() => shop.close());

  /** Without the protection of the gateway itself, which would step in first. */
  const open = async (variants: string[] = [], env: Record<string, string> = {}): Promise<void> => {
    shop = await openShop({ settings, env: { SOUK_VARIANTS: ['shed-off', ...variants].join(), ...env } });
  };
  const get = (target: string) => send(shop.gateway.port, target);
  const inTurn = async (count: number, call: () => Promise<Answer>): Promise<Answer[]> => {
    const answers = [];
    for (let one = 0; one < count; one++) answers.push(await call());
    return answers;
  };
  const hangUp = (name: keyof TestShop['services']): void => {
    shop.services[name].handler = (_request, response) => void response.socket?.destroy();
  };
  const heard = (name: keyof TestShop['services']): number => shop.services[name].seen.length;

  /** CB-1, CB-2: what a service that drops everything hears of a hundred callers. */
  const dropped = async (): Promise<number> => {
    hangUp('catalog');
    await inTurn(100, () => get('/api/products'));
    return heard('catalog');
  };

  it('CB-2: is left alone, and its callers are answered at once', async () => {
    await open();
    // Ten calls, of which five may be tried once more.
    expect(await dropped()).toBe(15);
    const started = performance.now();
    const answers = await inTurn(20, () => get('/api/products'));
    // Far less than the second that a call may take.
    expect((performance.now() - started) / 20).toBeLessThan(300);
    expect(answers.map(({ status, json }) => [status, json.code])).toEqual(
      Array(20).fill([503, 'upstream-unavailable']),
    );
    expect(heard('catalog')).toBe(15);
    // What is left of the thirty seconds.
    const left = Number(answers[0]?.headers['retry-after']);
    expect(left > 15 && left <= 30).toBe(true);
  });

  it('CB-2: without the breaker hears every one of them', async () => {
    await open(['breaker-off']);
    expect(await dropped()).toBeGreaterThanOrEqual(100);
  });

  describe('CB-8: that says on its management port', () => {
    const management = new FakeService();
    beforeAll(() => management.start());
    afterAll(() => management.stop());

    it('that it is ready again, is tried long before the pause of half a minute is over', async () => {
      management.answers(503, {});
      await open([], { UPSTREAM_MANAGEMENT_PORT: String(management.port) });
      await dropped();
      shop.services.catalog.answers(200, {});
      await waitFor(() => management.seen.length >= 2, { what: 'it to be asked twice' });
      expect(new Set(management.seen.map(({ method, url }) => `${method} ${url}`))).toEqual(new Set(['GET /readyz']));
      expect((await get('/api/products')).status).toBe(503);
      management.answers(200, {});
      const isBack = async () => (await get('/api/products')).status === 200;
      await waitFor(isBack, { what: 'the service to be tried' });
    });
  });

  it('CB-12: is alone with it: others are asked as ever, and so is its own lane for those who wait', async () => {
    await open();
    hangUp('order');
    const headers = { authorization: `Bearer ${shop.alice}` };
    await inTurn(15, () => send(shop.gateway.port, '/api/cart', { headers }));
    const before = heard('order');
    shop.services.order.answers(200, {});
    expect((await send(shop.gateway.port, '/api/cart', { headers })).status).toBe(503);
    expect((await send(shop.gateway.port, '/api/orders/o-1?wait=1s', { headers })).status).toBe(200);
    expect((await get('/api/products')).status).toBe(200);
    expect(heard('order')).toBe(before + 1);
  });

  it('CB-5: opens nothing with 404 or 500, and with 503, whoever asks for a pause, not at once', async () => {
    await open();
    for (const status of [404, 500]) {
      shop.services.catalog.answers(status, {});
      expect((await inTurn(20, () => get('/api/products'))).map((one) => one.status)).toEqual(Array(20).fill(status));
    }
    shop.services.inventory.answers(503, { code: 'store-unavailable' }, { 'retry-after': '9' });
    const answers = await inTurn(15, () => get('/api/stock/LAMP'));
    expect(answers.map(({ headers }) => headers['retry-after'])).toEqual([
      ...Array<string>(10).fill('9'),
      ...Array<string>(5).fill('30'),
    ]);
  });

  it('CB-14: learns nothing from callers who leave, and gives their places back', async () => {
    await open();
    shop.services.catalog.handler = () => undefined;
    const leave = new AbortController();
    const url = `http://127.0.0.1:${shop.gateway.port}/api/products`;
    const calls = Array.from({ length: 30 }, () => fetch(url, { signal: leave.signal }).catch(() => 'left'));
    await waitFor(() => heard('catalog') === 30, { what: 'the calls to arrive' });
    leave.abort();
    expect(await Promise.all(calls)).toEqual(Array(30).fill('left'));
    const line = 'souk_calls_total{policy="catalog",outcome="cancelled"} 30';
    const metrics = () => shop.gateway.app.get(Metrics).render();
    await waitFor(() => metrics().includes(line), { what: 'the calls to end' });
    expect(metrics()).toContain('souk_bulkhead_in_use{policy="catalog"} 0');
    shop.services.catalog.answers(200, {});
    expect((await get('/api/products')).status).toBe(200);
  });

  /** What 200 callers of a service that hangs hear within a moment. */
  const flooded = async (): Promise<Answer[]> => {
    shop.services.recommendation.handler = () => undefined;
    const answers: Answer[] = [];
    const all = Array.from({ length: 200 }, async () => answers.push(await get('/api/recommendations')));
    await waitFor(() => heard('recommendation') === 64, { what: 'all connections to be taken' });
    const others = await Promise.all(Array.from({ length: 20 }, () => get('/api/products')));
    expect(others.map(({ status }) => status)).toEqual(Array(20).fill(200));
    const early = [...answers];
    await Promise.all(all);
    return early;
  };

  it('BLK-1, BLK-2: holds so many callers and no more; the next are refused at once, others are served', async () => {
    await open();
    const early = await flooded();
    // 64 places, 128 in the queue.
    expect(early.map(({ status, json }) => [status, json.code])).toEqual(Array(8).fill([503, 'upstream-overloaded']));
    const metrics = shop.gateway.app.get(Metrics).render();
    expect(metrics).toContain('souk_calls_total{policy="recommendation",outcome="full"} 8');
  });

  it('BLK-2: without the bulkhead holds everybody who comes', async () => {
    await open(['bulkhead-off']);
    expect(await flooded()).toEqual([]);
  });

  /** RTY-8: how many times more a service in an outage hears than it is asked for. */
  const amplified = async (): Promise<number> => {
    hangUp('inventory');
    await inTurn(200, () => get('/api/stock/LAMP'));
    return heard('inventory') / 200;
  };

  it('RTY-8: hears less in an outage, not more', async () => {
    await open();
    expect(await amplified()).toBeLessThanOrEqual(1.1);
    await shop.close();
    // And where the breaker does not help.
    await open(['breaker-off']);
    expect(await amplified()).toBeLessThanOrEqual(1.1);
  });

  it('RTY-4, RTY-8: with naive retries hears everything ten times, orders too', async () => {
    await open(['breaker-off', 'retry-naive']);
    expect(await amplified()).toBe(10);
    hangUp('order');
    const headers = { authorization: `Bearer ${shop.alice}`, 'content-type': 'application/json' };
    await send(shop.gateway.port, '/api/orders', { method: 'POST', body: '{}', headers });
    expect(heard('order')).toBe(10);
  });
});
