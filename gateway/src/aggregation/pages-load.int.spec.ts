import { randomUUID } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { gatewaySettings, openShop, send, type TestOverrides, type TestShop } from '../gateway.mother.js';
import { aProduct, hangUp, someStock, suggestions } from './pages.mother.js';

describe('pages under load', () => {
  const id = randomUUID();
  let shop: TestShop;
  let services: TestShop['services'];
  const open = async (overrides: TestOverrides = {}) => {
    shop = await openShop(overrides);
    ({ services } = shop);
    services.catalog.answers(200, aProduct(id));
    services.inventory.answers(200, someStock);
    services.recommendation.answers(200, suggestions('Shade'));
  };
  afterEach(() => shop.close());
  const get = (target: string) => send(shop.gateway.port, target);
  const pageOf = (productId: string) => get(`/api/pages/product/${productId}`);

  it('AGG-6 are put together as many at a time as the setting says; the others are refused at once', async () => {
    await open({ settings: gatewaySettings({ pagesInFlight: 3 }) });
    const gate = Promise.withResolvers<void>();
    services.catalog.handler = (_request, response) =>
      void gate.promise.then(() => response.end(JSON.stringify(aProduct(id))));
    const under = Array.from({ length: 3 }, () => pageOf(id));
    await waitFor(() => services.catalog.seen.length === 3, { what: 'three pages under way' });
    const refused = await pageOf(id);
    expect([refused.status, refused.json.code, refused.headers['retry-after']]).toEqual([503, 'aggregation-busy', '1']);
    expect((await get('/api/stock/LAMP-1')).status).toBe(200);
    gate.resolve();
    expect((await Promise.all(under)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await pageOf(id)).status).toBe(200);
  });

  it('AGG-7 hold the event loop of the gateway up for nobody while their services are slow', async () => {
    await open();
    for (const service of [services.catalog, services.inventory, services.recommendation])
      service.handler = () => undefined;
    const loop = monitorEventLoopDelay({ resolution: 5 });
    const leaving = new AbortController();
    const url = `http://127.0.0.1:${shop.gateway.port}/api/pages/product/${id}`;
    const pages = Array.from({ length: 100 }, () => fetch(url, { signal: leaving.signal }).catch(() => undefined));
    await waitFor(() => services.catalog.seen.length >= 64, { what: 'pages that wait' });
    loop.enable();
    const latencies: number[] = [];
    for (let n = 0; n < 50; n++) {
      const started = performance.now();
      expect((await get('/guide')).status).toBe(200);
      latencies.push(performance.now() - started);
    }
    loop.disable();
    leaving.abort();
    await Promise.all(pages);
    const median = latencies.sort((a, b) => a - b)[25] ?? Infinity;
    // Services, callers and gateway share one loop here, and two cores with much else.
    expect([loop.percentile(50) / 1e6 < 50, median < 50]).toEqual([true, true]);
  });

  it('AGG-3 by the variant aggregation-serial there is no page when one part fails', async () => {
    await open({ env: { SOUK_VARIANTS: 'aggregation-serial' } });
    expect((await pageOf(id)).json).toMatchObject({ missing: [] });
    hangUp(services.recommendation);
    const answer = await pageOf(id);
    expect([answer.status, answer.json.code]).toEqual([503, 'upstream-unavailable']);
  });
});
