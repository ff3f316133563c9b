import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { homePageView, productPageView } from '@souk/contracts';
import { Metrics, startTelemetry } from '@souk/observability';
import { OtlpSink } from '@souk/testing';
import { type FakeService, openShop, type Seen, send, type TestShop } from '../gateway.mother.js';
import { patient } from '../routing/routing.mother.js';
import { aProduct, hangUp, problem, someStock, suggestion, suggestions } from './pages.mother.js';

/** The kind of a span that is a call, in OTLP. */
const CLIENT = 3;

describe('pages', () => {
  const id = randomUUID();
  let shop: TestShop;
  let services: TestShop['services'];

  beforeEach(async () => {
    shop = await openShop({ settings: patient });
    ({ services } = shop);
    services.catalog.answers(200, aProduct(id));
    services.inventory.answers(200, someStock);
    services.recommendation.answers(200, suggestions('Shade'));
  });
  afterEach(() => shop.close());

  const get = (target: string, headers: Record<string, string> = {}) => send(shop.gateway.port, target, { headers });
  const asAlice = (target: string) => get(target, { authorization: `Bearer ${shop.alice}` });
  const pageOf = (productId: string) => asAlice(`/api/pages/product/${productId}`);

  describe('of a product', () => {
    it('AGG-1 joins product, stock and recommendations', async () => {
      const answer = await pageOf(id);
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(productPageView.parse(answer.json)).toEqual({
        product: aProduct(id),
        stock: someStock,
        recommendations: [suggestion('Shade')],
        missing: [],
      });
      expect(services.recommendation.seen[0]?.url).toBe(`/recommendations?productId=${id}&limit=8`);
    });

    it('AGG-1 takes as long as the slowest of them once the sku is known, not as all together', async () => {
      await pageOf(id);
      const gate = Promise.withResolvers<void>();
      const all = [services.catalog, services.inventory, services.recommendation];
      let asked = 0;
      const bodies = [aProduct(id), someStock, suggestions()];
      for (const [index, service] of all.entries()) {
        // Each answers only after all three were asked.
        service.handler = (_request, response) => {
          if (++asked === all.length) gate.resolve();
          void gate.promise.then(() => response.end(JSON.stringify(bodies[index])));
        };
      }
      expect((await pageOf(id)).json).toMatchObject({ missing: [] });
      expect(all.map(({ seen }) => seen.length)).toEqual([2, 2, 2]);
    });

    it.each<[string, string, (service: FakeService) => void]>([
      ['is slow', 'timeout', (service) => (service.handler = () => undefined)],
      ['is gone', 'unavailable', hangUp],
      ['fails', 'unavailable', (service) => service.answers(500, {})],
      ['talks nonsense', 'unavailable', (service) => service.answers(200, { sku: 7 })],
      ['knows nothing of it', 'unknown', (service) => service.answers(404, problem(404, 'unknown-sku'))],
    ])('AGG-3 says what is missing when inventory or recommendation %s', async (_what, reason, break_) => {
      break_(services.inventory);
      break_(services.recommendation);
      const started = performance.now();
      const answer = await pageOf(id);
      expect([answer.status, answer.json]).toEqual([
        200,
        {
          product: aProduct(id),
          stock: null,
          recommendations: null,
          missing: [
            { part: 'stock', reason },
            { part: 'recommendations', reason },
          ],
        },
      ]);
      expect(performance.now() - started).toBeLessThan(1_000);
    });

    it('AGG-5 fills a part that fails with what it last was, and says how old that is', async () => {
      const whole = await pageOf(id);
      expect(whole.json).not.toHaveProperty('aged');
      hangUp(services.inventory);
      hangUp(services.recommendation);
      const answer = productPageView.parse((await pageOf(id)).json);
      expect(answer).toMatchObject({ stock: someStock, recommendations: [suggestion('Shade')], missing: [] });
      expect(answer.aged).toEqual([
        { part: 'stock', reason: 'unavailable', ageSeconds: expect.any(Number) },
        { part: 'recommendations', reason: 'unavailable', ageSeconds: expect.any(Number) },
      ]);
      expect(shop.gateway.app.get(Metrics).render()).toContain('souk_page_parts_aged_total{part="stock"} 1\n');
      hangUp(services.catalog);
      expect((await pageOf(id)).json.code).toBe('upstream-unavailable');
    });

    it('AGG-3 does not wait for a part whose answer never ends', async () => {
      services.inventory.handler = (_request, response) => void response.writeHead(200).write('{"sku":');
      const answer = await pageOf(id);
      expect(answer.json).toMatchObject({ stock: null, missing: [{ part: 'stock', reason: 'timeout' }] });
    });

    it.each<[string, number, string, (service: FakeService) => void]>([
      ['does not know it', 404, 'product-not-found', (s) => s.answers(404, problem(404, 'product-not-found'))],
      ['fails', 503, 'upstream-unavailable', (s) => s.answers(500, {})],
      ['fails with a problem of its own', 503, 'upstream-unavailable', (s) => s.answers(500, problem(500, 'x'))],
      ['is gone', 503, 'upstream-unavailable', hangUp],
    ])('AGG-4 is none when catalog %s', async (_what, status, code, break_) => {
      break_(services.catalog);
      const answer = await pageOf(id);
      expect([answer.status, answer.json.code]).toEqual([status, code]);
    });

    it('of an id that is none is not found', async () => {
      const answer = await pageOf('7');
      expect([answer.status, answer.json.code]).toEqual([404, 'product-not-found']);
    });

    it('AGG-8 carries correlation id, trace, a span of its own and identity into every sub-call', async () => {
      const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
      const headers = { 'x-correlation-id': 'tour-1', traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
      const sink = await OtlpSink.start();
      const logger = { warn: () => undefined };
      const telemetry = await startTelemetry({
        serviceName: 'gateway',
        endpoint: sink.url,
        tracesPerSecond: 0,
        logger,
      });
      await get(`/api/pages/product/${id}`, headers);
      await telemetry.shutdown();
      await sink.stop();
      const calls = [services.catalog, services.inventory, services.recommendation].flatMap(({ seen }) => seen);
      expect(calls.map((call) => call.headers['x-correlation-id'])).toEqual(['tour-1', 'tour-1', 'tour-1']);
      const spans = calls.map(({ headers: { traceparent } }) => String(traceparent).split('-'));
      expect(spans.map((parts) => parts[1])).toEqual([traceId, traceId, traceId]);
      const own = sink.spans.filter(({ kind }) => kind === CLIENT).map(({ spanId }) => spanId);
      expect(spans.map((parts) => parts[2]).sort()).toEqual(own.sort());
      expect(calls.every((call) => String(call.headers.authorization).startsWith('Bearer '))).toBe(true);
    });

    it('AGG-9 counts its parts by what came of them, and its sizes', async () => {
      services.recommendation.answers(500, {});
      const answer = await pageOf(id);
      const text = shop.gateway.app.get(Metrics).render();
      for (const line of [
        'souk_page_parts_total{part="product",outcome="ok"} 1',
        'souk_page_parts_total{part="stock",outcome="ok"} 1',
        'souk_page_parts_total{part="recommendations",outcome="unavailable"} 1',
        'souk_page_bytes_bucket{page="product",le="1024"} 1',
        'souk_page_bytes_bucket{page="product",le="+Inf"} 1',
      ])
        expect(text).toContain(line);
      expect(answer.text.length).toBeLessThan(1_024);
      expect(text).toMatch(/souk_page_part_seconds_total\{part="product",outcome="ok"\} 0\.\d+/);
    });
  });

  describe('of the shop', () => {
    const groups = { items: [{ name: 'Light', products: 3 }] };
    beforeEach(() => {
      services.catalog.handler = ({ url }, response) => {
        const list = { items: [aProduct(id)], page: 1, pageSize: 12, total: 1 };
        response.end(JSON.stringify(url.startsWith('/products') ? list : groups));
      };
      services.inventory.answers(200, { items: [someStock] });
      services.recommendation.handler = ({ url }: Seen, response) =>
        void response.end(JSON.stringify(suggestions(url.includes('customer=me') ? 'Yours' : 'Popular')));
    });

    it('AGG-1 shows what is new, categories and what is popular', async () => {
      const view = homePageView.parse((await get('/api/pages/home')).json);
      expect(view).toEqual({
        newest: [aProduct(id)],
        categories: groups.items,
        popular: [suggestion('Popular')],
        stock: [someStock],
        missing: [],
      });
      expect(services.catalog.seen.map(({ url }) => url).sort()).toEqual([
        '/categories',
        '/products?sort=newest&pageSize=12',
      ]);
    });

    const many = Array.from({ length: 12 }, (_, n) => ({ ...aProduct(randomUUID()), sku: `LAMP-${n}` }));
    const list = { items: many, page: 1, pageSize: 12, total: 12 };
    const asked = `/stock?skus=${many.map(({ sku }) => sku).join()}`;

    it('AGG-13 asks for the stock of all that it shows by one call', async () => {
      services.catalog.handler = ({ url }, response) =>
        void response.end(JSON.stringify(url.startsWith('/products') ? list : groups));
      services.inventory.answers(200, { items: many.map(({ sku }) => ({ ...someStock, sku })) });
      const { json } = await get('/api/pages/home');
      expect(homePageView.parse(json).stock?.map(({ sku }) => sku)).toEqual(many.map(({ sku }) => sku));
      expect(services.inventory.seen.map(({ url }) => url)).toEqual([asked]);
    });

    it('AGG-1 AGG-13 asks for it at the same time as for all else, as long as the same is new', async () => {
      let items = many;
      let isAsked = Promise.resolve();
      services.catalog.handler = ({ url }, response) =>
        void isAsked.then(() =>
          response.end(JSON.stringify(url.startsWith('/products') ? { ...list, items } : groups)),
        );
      services.inventory.answers(200, { items: [] });
      await get('/api/pages/home');
      // From now on catalog answers only after inventory was asked.
      const gate = Promise.withResolvers<void>();
      isAsked = gate.promise;
      services.inventory.handler = (_request, response) => {
        gate.resolve();
        response.end(JSON.stringify({ items: [] }));
      };
      expect((await get('/api/pages/home')).json).toMatchObject({ missing: [], stock: [] });
      expect(services.inventory.seen).toHaveLength(2);
      // Another product is new: its stock is asked for once more, and in time again from then on.
      items = many.slice(1);
      await get('/api/pages/home');
      await get('/api/pages/home');
      expect(services.inventory.seen.slice(2).map(({ url }) => url)).toEqual([asked, asked.replace('LAMP-0,', ''), asked.replace('LAMP-0,', '')]); // prettier-ignore
    });

    it('AGG-3 says what is missing when inventory does not answer', async () => {
      hangUp(services.inventory);
      const { status, json } = await get('/api/pages/home');
      expect([status, json]).toMatchObject([200, { stock: null, missing: [{ part: 'stock', reason: 'unavailable' }] }]);
    });

    it('has suggestions for those who are signed in', async () => {
      const view = homePageView.parse((await asAlice('/api/pages/home')).json);
      expect([view.popular, view.forYou]).toEqual([[suggestion('Popular')], [suggestion('Yours')]]);
    });

    it('AGG-3 is there without recommendation', async () => {
      hangUp(services.recommendation);
      const { status, json } = await asAlice('/api/pages/home');
      expect([status, json]).toMatchObject([
        200,
        {
          popular: null,
          forYou: null,
          missing: [
            { part: 'popular', reason: 'unavailable' },
            { part: 'forYou', reason: 'unavailable' },
          ],
        },
      ]);
    });

    it('AGG-4 is none without catalog', async () => {
      hangUp(services.catalog);
      expect((await get('/api/pages/home')).json.code).toBe('upstream-unavailable');
    });
  });
});
