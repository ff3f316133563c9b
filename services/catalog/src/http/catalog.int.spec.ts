import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { categories, problem, product, productPage } from '@souk/contracts';
import { createLogger, startTelemetry } from '@souk/observability';
import { OtlpSink, waitFor } from '@souk/testing';
import { type Call, createTestApp } from '../test/create-test-app.js';

/** A service start on a busy machine takes longer than a test may. */
const SET_UP_MS = 30_000;

const idOf = (n: number): string => `019537a0-0000-7000-8000-${String(n).padStart(12, '0')}`;
const aBody = (n: number, change: object = {}) => ({
  productId: idOf(n),
  sku: `SKU-${n}`,
  name: `Product ${n}`,
  description: 'Made for a test.',
  category: 'Tests',
  price: { amount: n, currency: 'EUR' },
  ...change,
});

describe('the catalog over HTTP', () => {
  let app: Awaited<ReturnType<typeof createTestApp>>;

  beforeAll(async () => {
    app = await createTestApp();
    for (let n = 1; n <= 5; n++) await post(aBody(n));
    await post(aBody(6, { name: 'Café table', category: 'Home' }));
  }, SET_UP_MS);
  afterAll(() => app.close());

  const post = (body: unknown, as: Call['as'] = 'admin') =>
    app.call({ method: 'POST', url: '/admin/products', body, as });
  const put = (url: string, body: unknown) => app.call({ method: 'PUT', url, body, as: 'admin' });
  const list = async (query: string) => productPage.parse((await app.call({ url: `/products?${query}` })).body);

  const expectProblem = async (call: Call, status: number, code: string): Promise<Record<string, unknown>> => {
    const answer = await app.call(call);
    expect(answer).toMatchObject({ status, body: { code, status } });
    expect(answer.type).toContain('application/problem+json');
    return problem.parse(answer.body);
  };

  describe('browsing', () => {
    it('lists a page in the order asked for', async () => {
      const page = await list('category=Tests&sort=-price&page=2&pageSize=2');
      expect(page).toMatchObject({ page: 2, pageSize: 2, total: 5 });
      expect(page.items.map(({ sku }) => sku)).toEqual(['SKU-3', 'SKU-2']);
    });

    it('lists by name, twenty to a page, when nothing is asked for', async () => {
      const page = await list('');
      expect(page).toMatchObject({ page: 1, pageSize: 20 });
      expect(page.items[0]?.name).toBe('Café table');
    });

    it('finds by text', async () => {
      expect((await list('q=cafe%20ta')).items.map(({ sku }) => sku)).toEqual(['SKU-6']);
      expect((await list('q=nothing%20like%20it')).total).toBe(0);
    });

    it('has no items behind the last page', async () => {
      expect(await list('category=Tests&page=10000')).toMatchObject({ items: [], total: 5 });
    });

    it('shows one product, and the categories', async () => {
      expect(product.parse((await app.call({ url: `/products/${idOf(1)}` })).body)).toMatchObject({
        sku: 'SKU-1',
        version: 1,
      });
      const { body } = await app.call({ url: '/categories' });
      expect(categories.parse(body).items).toContainEqual({ name: 'Home', products: 1 });
    });

    it.each([idOf(999), 'not-a-uuid', '%7B%22$ne%22%3Anull%7D', '__proto__', '$where'])(
      'answers 404 for the product %s',
      async (id) => {
        await expectProblem({ url: `/products/${id}` }, 404, 'product-not-found');
      },
    );
  });

  describe('refuses with 400 the query', () => {
    it.each<[string, string]>([
      ['page=0', 'page'],
      ['page=10001', 'page'],
      ['page=one', 'page'],
      ['page=1.5', 'page'],
      ['pageSize=0', 'pageSize'],
      ['pageSize=101', 'pageSize'],
      ['sort=rating', 'sort'],
      ['q=', 'q'],
      [`q=${'x'.repeat(101)}`, 'q'],
      ['q=a&q=b', 'q'],
      ['category=a&category=b', 'category'],
      ['q[$ne]=', 'q[$ne]'],
      ['q[$regex]=.*', 'q[$regex]'],
      ['category[$gt]=', 'category[$gt]'],
      ['$where=sleep(1000)', '$where'],
      ['__proto__[status]=retired', '__proto__[status]'],
      ['status=retired', 'status'],
    ])('%s', async (query, path) => {
      const { errors } = await expectProblem({ url: `/products?${query}` }, 400, 'validation-failed');
      expect(errors).toEqual([expect.objectContaining({ path })]);
    });
  });

  describe('callers', () => {
    it('without an internal token see nothing', async () => {
      const { body } = await app.call({ url: '/products', as: 'nobody' });
      expect(body).toMatchObject({ status: 401 });
      await expectProblem(
        { url: '/products', as: 'nobody', headers: { authorization: 'Bearer a.b.c' } },
        401,
        'token-invalid',
      );
    });

    it.each<[NonNullable<Call['as']>, number, string]>([
      ['alice', 403, 'forbidden'],
      ['anonymous', 401, 'authentication-required'],
    ])('like %s change nothing', async (as, status, code) => {
      const url = `/admin/products/${idOf(1)}`;
      await expectProblem({ method: 'POST', url: '/admin/products', body: aBody(700), as }, status, code);
      await expectProblem(
        { method: 'PUT', url, body: { name: 'x', description: '', category: 'x' }, as },
        status,
        code,
      );
      await expectProblem({ method: 'PUT', url: `${url}/price`, body: { price: aBody(1).price }, as }, status, code);
      await expectProblem({ method: 'DELETE', url, as }, status, code);
      await expectProblem({ url: `/products/${idOf(700)}` }, 404, 'product-not-found');
    });
  });

  describe('creating', () => {
    it('is 201, and 200 for the same request again, also after the product has changed', async () => {
      expect(await post(aBody(20))).toMatchObject({ status: 201, body: { version: 1, status: 'active' } });
      expect(await post(aBody(20))).toMatchObject({ status: 200, body: { version: 1 } });
      await put(`/admin/products/${idOf(20)}/price`, { price: { amount: 77, currency: 'EUR' } });
      expect(await post(aBody(20))).toMatchObject({ status: 200, body: { version: 2, price: { amount: 77 } } });
    });

    it('takes an id in capitals for the same id', async () => {
      const capitals = '019537A0-0000-7000-8000-00000000ABCD';
      expect(await post(aBody(21, { productId: capitals }))).toMatchObject({
        status: 201,
        body: { productId: capitals.toLowerCase() },
      });
      expect((await post(aBody(21, { productId: capitals.toLowerCase() }))).status).toBe(200);
      await put(`/admin/products/${capitals}/price`, { price: { amount: 78, currency: 'EUR' } });
      expect(await app.call({ url: `/products/${capitals}` })).toMatchObject({ status: 200, body: { version: 2 } });
    });

    it('gives a new product an id', async () => {
      const { status, body } = await post(aBody(22, { productId: undefined }));
      expect(status).toBe(201);
      expect(product.parse(body).productId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    });

    it('of another body under a known id, or of a known sku, is a conflict', async () => {
      await post(aBody(23));
      const other = aBody(23, { name: 'Other' });
      await expectProblem(
        { method: 'POST', url: '/admin/products', body: other, as: 'admin' },
        409,
        'product-conflict',
      );
      const twin = aBody(24, { sku: 'SKU-23' });
      await expectProblem({ method: 'POST', url: '/admin/products', body: twin, as: 'admin' }, 409, 'sku-taken');
    });

    it.each<[string, object]>([
      ['price', { price: { amount: -1, currency: 'EUR' } }],
      ['price', { price: { amount: 1.5, currency: 'EUR' } }],
      ['price', { price: { amount: 1, currency: 'eur' } }],
      ['price', { price: { amount: { $gt: 0 }, currency: 'EUR' } }],
      ['sku', { sku: 'lower' }],
      ['sku', { sku: { $ne: null } }],
      ['name', { name: '   ' }],
      ['name', { name: ['a'] }],
      ['description', { description: 'x'.repeat(4_001) }],
      ['productId', { productId: 'not-a-uuid' }],
      ['status', { status: 'retired' }],
      ['version', { version: 9 }],
      ['_id', { _id: 'x' }],
      ['$set', { $set: { version: 9 } }],
      ['price.amount', { 'price.amount': 0 }],
    ])('refuses a wrong %s (case %#)', async (path, change) => {
      const call: Call = { method: 'POST', url: '/admin/products', body: aBody(701, change), as: 'admin' };
      const { errors } = await expectProblem(call, 400, 'validation-failed');
      expect(errors).toEqual([
        expect.objectContaining({ path: expect.stringMatching(new RegExp(`^[$]?${path.replace('$', '')}`)) }),
      ]);
      await expectProblem({ url: `/products/${idOf(701)}` }, 404, 'product-not-found');
    });

    it.each<[string, number, string, Partial<Call>]>([
      ['malformed JSON', 400, 'malformed-json', { body: '{"name":' }],
      ['__proto__', 400, 'malformed-json', { body: '{"__proto__":{"admin":true}}' }],
      [
        'another content type',
        415,
        'unsupported-media-type',
        { body: 'name=x', headers: { 'content-type': 'text/plain' } },
      ],
      ['more than 1 MiB', 413, 'body-too-large', { body: JSON.stringify({ name: 'x'.repeat(1_100_000) }) }],
    ])('refuses %s', async (_case, status, code, call) => {
      await expectProblem({ method: 'POST', url: '/admin/products', as: 'admin', ...call }, status, code);
    });
  });

  describe('changing', () => {
    it('details, price and status goes up one version each, and repeats change nothing', async () => {
      await post(aBody(30));
      const url = `/admin/products/${idOf(30)}`;
      const details = { name: 'Better', description: 'Much.', category: 'Tests' };
      const price = { price: { amount: 99, currency: 'EUR' } };
      expect(await put(url, details)).toMatchObject({ status: 200, body: { version: 2, name: 'Better' } });
      expect(await put(url, details)).toMatchObject({ status: 200, body: { version: 2 } });
      expect(await put(`${url}/price`, price)).toMatchObject({
        status: 200,
        body: { version: 3, price: { amount: 99 } },
      });
      expect(await put(`${url}/price`, price)).toMatchObject({ status: 200, body: { version: 3 } });
      const retired = { status: 200, body: { version: 4, status: 'retired' } };
      expect(await app.call({ method: 'DELETE', url, as: 'admin' })).toMatchObject(retired);
      expect(await app.call({ method: 'DELETE', url, as: 'admin' })).toMatchObject(retired);
      await expectProblem({ method: 'PUT', url, body: details, as: 'admin' }, 409, 'product-retired');
      expect((await list('q=better')).total).toBe(0);
      expect(await app.call({ url: `/products/${idOf(30)}` })).toMatchObject({ body: { status: 'retired' } });
    });

    it('the currency is refused', async () => {
      const call = {
        method: 'PUT',
        url: `/admin/products/${idOf(1)}/price`,
        body: { price: { amount: 1, currency: 'USD' } },
        as: 'admin',
      } as const;
      await expectProblem(call, 409, 'currency-fixed');
    });

    it('an unknown product is 404', async () => {
      const url = `/admin/products/${idOf(999)}`;
      await expectProblem(
        { method: 'PUT', url, body: { name: 'x', description: '', category: 'x' }, as: 'admin' },
        404,
        'product-not-found',
      );
      await expectProblem({ method: 'DELETE', url, as: 'admin' }, 404, 'product-not-found');
    });
  });

  describe('events', () => {
    const eventsOf = (key: string) => app.broker.records.filter((record) => record.key === key);

    it('reach the broker in the order of the versions, in the contract envelope', async () => {
      await post(aBody(40));
      await put(`/admin/products/${idOf(40)}/price`, { price: { amount: 41, currency: 'EUR' } });
      const [created, changed] = await waitFor(() => (eventsOf(idOf(40)).length >= 2 ? eventsOf(idOf(40)) : false), {
        what: 'two events',
      });
      expect(created?.headers).toMatchObject({
        ce_type: 'product.created.v1',
        ce_source: '/souk/catalog',
        ce_aggregateversion: '1',
      });
      expect(changed?.headers).toMatchObject({
        ce_type: 'product.price-changed.v1',
        ce_subject: idOf(40),
        ce_aggregateversion: '2',
      });
      expect(changed?.topic).toBe('catalog.products.v1');
      expect(product.parse(JSON.parse(changed?.value ?? ''))).toMatchObject({ version: 2, price: { amount: 41 } });
    });

    it('carry the trace of the request, by way of the span that sent them', async () => {
      const sink = await OtlpSink.start();
      const given = { tracesPerSecond: Infinity, logger: createLogger({ name: 'catalog', level: 'silent' }) };
      const telemetry = await startTelemetry({ ...given, serviceName: 'catalog', endpoint: sink.url });
      const traceId = '0af7651916cd43dd8448eb211c80319c';
      const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
      await app.call({ method: 'POST', url: '/admin/products', body: aBody(42), as: 'admin', headers });
      await waitFor(() => eventsOf(idOf(42)).length > 0, { what: 'the event' });
      await telemetry.shutdown();
      await sink.stop();
      const sent = sink.named('send catalog.products.v1').filter((span) => span.traceId === traceId);
      expect(sent).toHaveLength(1);
      expect(eventsOf(idOf(42))[0]?.headers['traceparent']).toBe(`00-${traceId}-${sent[0]?.spanId}-01`);
    });

    it('wait inside their products while the broker is down', async () => {
      app.broker.up = false;
      expect((await post(aBody(41))).status).toBe(201);
      expect(eventsOf(idOf(41))).toEqual([]);
      app.broker.up = true;
      await waitFor(() => eventsOf(idOf(41)).length > 0, { what: 'the event that waited' });
    });
  });
});
