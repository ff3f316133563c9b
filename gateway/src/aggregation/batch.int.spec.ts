import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type BatchAnswer, batchAnswer, type GatewaySettings } from '@souk/contracts';
import { waitFor } from '@souk/testing';
import { type Answer, gatewaySettings, openShop, send, type TestShop } from '../gateway.mother.js';

interface Item {
  id?: string;
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
}

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('POST /api/batch', () => {
  const settings: { value: GatewaySettings } = gatewaySettings({ upstreamTimeoutMs: 400 });
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openShop({ settings });
  });
  afterAll(() => shop.close());
  beforeEach(() => {
    shop.reset();
    settings.value = { ...settings.value, readOnly: false, upstreamTimeoutMs: 400, batchesInFlight: 64 };
  });

  const post = (body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    send(shop.gateway.port, '/api/batch', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${shop.alice}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const run = async (requests: Item[], headers?: Record<string, string>): Promise<BatchAnswer['responses']> => {
    const answer = await post({ requests }, headers);
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    return batchAnswer.parse(answer.json).responses;
  };
  const asked = () => Object.values(shop.services).flatMap(({ seen }) => seen);
  const codes = (responses: BatchAnswer['responses']) =>
    responses.map(({ status, body }) => [status, (body as { code?: string } | null)?.code]);

  it('AGG-2 answers status, headers and body of each sub-request, in order', async () => {
    const { catalog, inventory, order } = shop.services;
    catalog.answers(200, { items: [] }, { etag: '"7"', server: 'secret' });
    inventory.answers(404, { code: 'unknown-sku' }, { 'content-type': 'application/problem+json' });
    order.answers(202, { orderId: 'o-1' }, { location: '/orders/o-1' });
    const headers = { 'idempotency-key': 'k-1' };
    const responses = await run([
      { id: 'list', path: '/api/products?q=a%20b' },
      { path: '/api/stock/LAMP-1' },
      { id: 'order', method: 'POST', path: '/api/orders', headers, body: { lines: [1] } },
    ]);
    expect(responses).toEqual([
      { id: 'list', status: 200, headers: expect.objectContaining({ etag: '"7"' }), body: { items: [] } },
      { status: 404, headers: { 'content-type': 'application/problem+json' }, body: { code: 'unknown-sku' } },
      {
        id: 'order',
        status: 202,
        headers: expect.objectContaining({ location: '/api/orders/o-1' }),
        body: { orderId: 'o-1' },
      },
    ]);
    expect(responses[0]?.headers).not.toHaveProperty('server');
    expect(catalog.seen[0]?.url).toBe('/products?q=a%20b');
    expect(order.seen[0]).toMatchObject({
      body: '{"lines":[1]}',
      headers: { 'idempotency-key': 'k-1', 'content-type': 'application/json' },
    });
  });

  it('AGG-2 has no body where there is none', async () => {
    shop.services.order.handler = (_request, response) => void response.writeHead(204).end();
    expect(await run([{ method: 'DELETE', path: '/api/cart' }])).toMatchObject([{ status: 204, body: null }]);
  });

  it('AGG-2 serves pages of the gateway itself', async () => {
    shop.services.catalog.answers(404, { type: 't', title: 'x', status: 404, code: 'product-not-found' });
    const path = '/api/pages/product/0193f5a2-7c41-7d3e-9a10-5b1f0c7de401';
    expect(codes(await run([{ path }]))).toEqual([[404, 'product-not-found']]);
  });

  it('AGG-12 runs everything with the identity of the batch and no other', async () => {
    const subjects = async (headers?: Record<string, string>) => {
      shop.reset();
      await run([{ path: '/api/products' }, { path: '/api/categories' }], headers);
      return shop.services.catalog.seen.map(({ headers: { authorization } }) => {
        const [, claims = ''] = String(authorization).split('.');
        return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sub: string }).sub;
      });
    };
    expect(await subjects()).toEqual(['alice', 'alice']);
    expect(await subjects({ authorization: `Bearer ${shop.admin}` })).toEqual(['admin', 'admin']);
  });

  it('AGG-12 asks the gatekeeper about each', async () => {
    const responses = await run([
      { path: '/api/admin/orders' },
      { method: 'POST', path: '/api/admin/products', body: {} },
      { path: '/api/cart' },
    ]);
    expect(codes(responses)).toEqual([
      [403, 'forbidden'],
      [403, 'forbidden'],
      [200, undefined],
    ]);
    expect(asked().map(({ url }) => url)).toEqual(['/cart']);
  });

  it('AGG-12 lets in nobody with a bad token, and anonymous callers where they may go', async () => {
    const bad = await post({ requests: [{ path: '/api/products' }] }, { authorization: 'Bearer a.b.c' });
    expect([bad.status, bad.json.code, asked()]).toEqual([401, 'token-invalid', []]);
    const body = JSON.stringify({ requests: [{ path: '/api/products' }, { path: '/api/cart' }] });
    const headers = { 'content-type': 'application/json' };
    const { json } = await send(shop.gateway.port, '/api/batch', { method: 'POST', headers, body });
    expect(codes(batchAnswer.parse(json).responses)).toEqual([
      [200, undefined],
      [401, 'authentication-required'],
    ]);
  });

  it.each([
    ['/api/batch', 'requests.0.path'],
    ['/api/batch?x=1', 'requests.0.path'],
    ['http://example.com/api/products', 'requests.0.path'],
    ['//example.com/api/products', 'requests.0.path'],
    ['/api/products#/../batch', 'requests.0.path'],
    ['/metrics', 'requests.0.path'],
    ['/auth/session', 'requests.0.path'],
    ['/', 'requests.0.path'],
  ])('AGG-12 takes no batch with %s', async (path, field) => {
    const { status, json } = await post({ requests: [{ path }] });
    expect([status, json.code, json['errors']]).toMatchObject([400, 'validation-failed', [{ path: field }]]);
  });

  it.each([
    ['/api/../metrics', 400, 'path-refused'],
    ['/api/./batch', 400, 'path-refused'],
    ['/api/products/..%2f..%2fadmin', 400, 'path-refused'],
    ['/api/products/%2e%2e/batch', 400, 'path-refused'],
    ['/api/products\\..\\batch', 400, 'path-refused'],
    ['/api/\tbatch', 400, 'path-refused'],
    ['/api/nothing', 404, 'route-not-found'],
    ['/api//products', 404, 'route-not-found'],
    ['/api/orders/7/stream', 400, 'stream-in-batch'],
  ])('AGG-12 answers %s as if it came alone', async (path, status, code) => {
    const responses = await run([{ path }]);
    expect([codes(responses), asked()]).toEqual([[[status, code]], []]);
  });

  it('AGG-12 finds a batch within however it is spelt', async () => {
    const inner = { requests: [{ path: '/api/products' }] };
    const responses = await run([{ method: 'POST', path: '/api/%62atch', body: inner }]);
    expect([codes(responses), asked()]).toEqual([[[400, 'path-refused']], []]);
    const marked = await post(inner, { 'x-souk-in-batch': '1' });
    expect([marked.status, marked.json.code, asked()]).toEqual([400, 'batch-in-batch', []]);
  });

  it.each(['authorization', 'cookie', 'host', 'x-user-id', 'x-csrf-token', 'content-length', 'transfer-encoding'])(
    'AGG-12 takes no header %s in a sub-request',
    async (name) => {
      const { status, json } = await post({ requests: [{ path: '/api/products', headers: { [name]: 'x' } }] });
      expect([status, json.code, asked()]).toEqual([400, 'validation-failed', []]);
    },
  );

  it.each<[string, unknown, number, string]>([
    ['no requests', { requests: [] }, 400, 'validation-failed'],
    [
      '21 requests',
      { requests: Array.from({ length: 21 }, () => ({ path: '/api/products' })) },
      400,
      'validation-failed',
    ],
    [
      'a header with a line break',
      { requests: [{ path: '/api/products', headers: { accept: 'a\r\nb: c' } }] },
      400,
      'validation-failed',
    ],
    ['an unknown method', { requests: [{ method: 'PATCH', path: '/api/cart' }] }, 400, 'validation-failed'],
    ['an unknown field', { requests: [{ path: '/api/cart', url: 'x' }] }, 400, 'validation-failed'],
    ['a body without ground', `{"requests":[{"path":"/api/cart","body":${nested(2_000)}}]}`, 400, 'validation-failed'],
    ['a body 65 deep', `{"requests":[{"path":"/api/cart","body":${nested(62)}}]}`, 400, 'validation-failed'],
    ['half a body', '{"requests":[', 400, 'malformed-json'],
    ['over 1 MiB', ' '.repeat(1024 * 1024 + 1), 413, 'body-too-large'],
  ])('AGG-12 takes no batch with %s', async (_what, body, status, code) => {
    const answer = await post(body);
    expect([answer.status, answer.json.code, asked()]).toEqual([status, code, []]);
  });

  it('AGG-12 answers for a service that does not end what it began', async () => {
    shop.services.catalog.handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"a":', () => response.destroy());
    };
    expect(codes(await run([{ path: '/api/products' }]))).toEqual([[503, 'upstream-unavailable']]);
  });

  it('AGG-12 takes what is nested as deep as a request may be', async () => {
    await run([{ method: 'POST', path: '/api/cart/items', body: JSON.parse(nested(61)) }]);
    expect(asked()[0]?.body).toBe(nested(61));
  });

  it('AGG-12 is JSON, POST and without a query', async () => {
    const requests = { requests: [{ path: '/api/products' }] };
    expect((await post(requests, { 'content-type': 'text/plain' })).status).toBe(415);
    const got = await send(shop.gateway.port, '/api/batch');
    expect([got.status, got.json.code, got.headers.allow]).toEqual([405, 'method-not-allowed', 'POST']);
    const asked = await send(shop.gateway.port, '/api/batch?x=1', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(requests),
    });
    expect(asked.json.code).toBe('validation-failed');
  });

  it('AGG-12 gives no place to an answer that is too large, and lets go of the service', async () => {
    let closed = false;
    shop.services.catalog.handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.once('close', () => (closed = !response.writableFinished));
      const more = (): void => {
        while (response.write(`"${'x'.repeat(64 * 1024)}"`));
        response.once('drain', more);
      };
      more();
    };
    const responses = await run([{ path: '/api/products' }, { path: '/api/cart' }]);
    expect(codes(responses)).toEqual([
      [502, 'batch-answer-too-large'],
      [200, undefined],
    ]);
    await waitFor(() => closed, { what: 'the end of the call to the service', timeoutMs: 10_000 });
  });

  it.each(['before the answer', 'within the answer'])('AGG-12 ends with its caller, %s', async (when) => {
    let closed = false;
    shop.services.order.handler = (_request, response) => {
      response.once('close', () => (closed = true));
      if (when === 'within the answer') response.writeHead(200, { 'content-type': 'application/json' }).write('[');
    };
    settings.value = { ...settings.value, upstreamTimeoutMs: 30_000 };
    const caller = new AbortController();
    const call = fetch(`http://127.0.0.1:${shop.gateway.port}/api/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${shop.alice}` },
      body: JSON.stringify({ requests: [{ path: '/api/cart' }, { method: 'DELETE', path: '/api/cart' }] }),
      signal: caller.signal,
    });
    const cut = expect(call).rejects.toThrow();
    await waitFor(() => asked().length === 1, { what: 'the call to the service' });
    caller.abort();
    await cut;
    await waitFor(() => closed, { what: 'the end of the call to the service', timeoutMs: 10_000 });
    expect((await send(shop.gateway.port, '/guide')).status).toBe(200);
    expect(asked()).toHaveLength(1);
  });

  it('AGG-6 as many run at a time as the setting says; the others are refused at once', async () => {
    settings.value = { ...settings.value, batchesInFlight: 1, upstreamTimeoutMs: 30_000 };
    const gate = Promise.withResolvers<void>();
    shop.services.order.handler = (_request, response) => void gate.promise.then(() => response.end('{}'));
    const first = run([{ path: '/api/cart' }]);
    await waitFor(() => asked().length === 1, { what: 'a batch under way' });
    const refused = await post({ requests: [{ path: '/api/products' }] });
    gate.resolve();
    expect([refused.status, refused.json.code]).toEqual([503, 'aggregation-busy']);
    expect(codes(await first)).toEqual([[200, undefined]]);
    expect(codes(await run([{ path: '/api/products' }]))).toEqual([[200, undefined]]);
  });

  it('AGG-6 a slow service takes its own answer away, no other', async () => {
    shop.services.inventory.handler = () => undefined;
    const responses = await run([{ path: '/api/stock/LAMP-1' }, { path: '/api/products' }]);
    expect(codes(responses)).toEqual([
      [504, 'upstream-timeout'],
      [200, undefined],
    ]);
  });

  it('AGG-12 writes nothing while the shop is read-only, and reads all the same', async () => {
    settings.value = { ...settings.value, readOnly: true };
    const responses = await run([{ path: '/api/cart' }, { method: 'DELETE', path: '/api/cart' }]);
    expect(codes(responses)).toEqual([
      [200, undefined],
      [503, 'read-only'],
    ]);
    expect(asked().map(({ method }) => method)).toEqual(['GET']);
  });

  it('AGG-8 carries correlation and trace into every sub-request', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const trace = { 'x-correlation-id': 'tour-1', traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    await run([{ path: '/api/products' }, { path: '/api/cart' }], trace);
    expect(asked().map(({ headers }) => headers['x-correlation-id'])).toEqual(['tour-1', 'tour-1']);
    expect(asked().map(({ headers }) => String(headers['traceparent']).split('-')[1])).toEqual([traceId, traceId]);
  });
});
