import { describe, expect, it } from '@jest/globals';
import { publishedRoutes } from './known-routes.js';
import { checkHead, strictBody } from './strict-request.js';

const routes = publishedRoutes();
const json = { 'content-type': 'application/json', 'content-length': '2' };
const codeOf = (work: () => unknown): unknown => {
  try {
    return { passed: work() };
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('the head of a request', () => {
  const of = (method: string, url: string, headers: Record<string, string> = {}, rawHeaders: string[] = []) =>
    codeOf(() => checkHead({ method, headers, raw: { url, rawHeaders } }, routes));
  const passed = { passed: undefined };

  it.each<[string, string, Record<string, string>]>([
    ['GET', '/api/products?q=a', {}],
    ['GET', '/api/unknown', {}],
    ['HEAD', '/docs/docs.js', {}],
    ['OPTIONS', '/api/orders', {}],
    ['POST', '/api/orders', json],
    ['POST', '/api/orders', { ...json, 'content-type': 'application/json; charset=UTF-8' }],
    ['POST', '/api/orders/0193/cancel', { 'content-length': '0' }],
    ['DELETE', '/api/cart', {}],
    ['PUT', '/api/admin/products/0193/price', json],
  ])('GK-3 lets %s %s pass', (method, url, headers) => {
    expect(of(method, url, headers)).toEqual(passed);
  });

  it.each<[string, string, string, Record<string, string>, string]>([
    ['a method of nobody', 'TRACE', '/', {}, 'method-not-allowed'],
    ['a method that nothing takes', 'PATCH', '/api/cart', json, 'method-not-allowed'],
    ['a write that the document does not know', 'POST', '/api/internal', json, 'route-not-found'],
    ['a write to what can only be read', 'POST', '/api/products', json, 'method-not-allowed'],
    ['an empty segment in place of an id', 'POST', '/api/orders//cancel', {}, 'route-not-found'],
    ['a body of a read', 'GET', '/api/products', { 'content-length': '5' }, 'bad-request'],
    ['a body of a read, in chunks', 'GET', '/api/products', { 'transfer-encoding': 'chunked' }, 'bad-request'],
    ['a body where none is taken', 'DELETE', '/api/cart', json, 'bad-request'],
    [
      'a form',
      'POST',
      '/api/orders',
      { ...json, 'content-type': 'application/x-www-form-urlencoded' },
      'unsupported-media-type',
    ],
    [
      'a type that only begins like JSON',
      'POST',
      '/api/orders',
      { ...json, 'content-type': 'application/json-patch' },
      'unsupported-media-type',
    ],
    [
      'another charset',
      'POST',
      '/api/orders',
      { ...json, 'content-type': 'application/json; charset=utf-7' },
      'unsupported-media-type',
    ],
    ['no type', 'POST', '/api/orders', { 'content-length': '2' }, 'unsupported-media-type'],
    ['a compressed body', 'POST', '/api/orders', { ...json, 'content-encoding': 'gzip' }, 'unsupported-media-type'],
  ])('GK-3 refuses %s', (_what, method, url, headers, code) => {
    expect(of(method, url, headers)).toBe(code);
  });

  it.each(['Host', 'AUTHORIZATION', 'content-length', 'Transfer-Encoding', 'cookie', 'Idempotency-Key'])(
    'GK-3 refuses two headers %s, of which two readers take different ones',
    (name) => {
      expect(of('GET', '/', {}, ['accept', '*/*', name, 'a', name.toLowerCase(), 'b'])).toBe('bad-request');
      expect(of('GET', '/', {}, ['accept', name, name, 'a'])).toEqual(passed);
    },
  );
});

describe('the body of a request', () => {
  const of = (method: string, url: string, body: string | undefined) =>
    codeOf(() =>
      strictBody(
        { method, raw: { url }, body: body === undefined ? undefined : Buffer.from(body) },
        routes,
      )?.toString(),
    );

  it('GK-3 goes in as it was understood, not as it was written', () => {
    expect(of('POST', '/api/cart/items', ' {"sku":"B-22","sku":"A-11" ,\n"quantity":1}')).toEqual({
      passed: '{"sku":"A-11","quantity":1}',
    });
  });

  it('GK-3 a body that may be left out may be', () => {
    expect(of('DELETE', '/api/cart', undefined)).toEqual({ passed: undefined });
    expect(of('POST', '/api/cart/items', undefined)).toBe('malformed-json');
  });

  it.each<[string, string]>([
    ['a field that nobody knows', '{"sku":"A-11","quantity":1,"price":1}'],
    ['an operator in place of a value', '{"sku":{"$gt":""},"quantity":1}'],
    ['SQL in place of a sku', `{"sku":"A' OR 1=1--","quantity":1}`],
    ['a script in place of a sku', '{"sku":"<script>","quantity":1}'],
    ['a line break in a sku', '{"sku":"A-11\\r\\nX","quantity":1}'],
    ['a list in place of a number', '{"sku":"A-11","quantity":[1]}'],
    ['less than nothing', '{"sku":"A-11","quantity":-1}'],
    ['no object', '[]'],
    ['__proto__', '{"sku":"A-11","quantity":1,"__proto__":{"admin":true}}'],
  ])('GK-3 GK-11 refuses %s', (_what, body) => {
    expect(of('POST', '/api/cart/items', body)).toBe('validation-failed');
  });
});

describe('the body of a batch', () => {
  const whatIs = (requests: object[]): unknown => {
    try {
      const body = Buffer.from(JSON.stringify({ requests }));
      return strictBody({ method: 'POST', raw: { url: '/api/batch' }, body }, routes)?.toString();
    } catch (error) {
      const { code, errors } = error as { code?: string; errors?: { path: string }[] };
      return [code, errors?.map(({ path }) => path)];
    }
  };
  const add = { method: 'POST', path: '/api/cart/items', body: { sku: 'A-11', quantity: 1 } };
  const id = '01939c1e-7f6a-7000-8000-000000000001';

  it('GK-3 goes in when everything in it would alone', () => {
    const requests = [
      { path: '/api/products?q=a' },
      { method: 'GET', path: '/api/unknown' },
      { method: 'DELETE', path: '/api/cart' },
      { method: 'POST', path: `/api/orders/${id}/cancel` },
      add,
    ];
    expect(whatIs(requests)).toBe(JSON.stringify({ requests }));
  });

  it.each<[string, object, string]>([
    ['a field that nobody knows', { ...add, body: { ...add.body, role: 'admin' } }, 'body.role'],
    ['an operator in place of a value', { ...add, body: { ...add.body, sku: { $gt: '' } } }, 'body.sku'],
    ['no object', { ...add, body: [] }, 'body'],
    ['no body where one is needed', { method: 'POST', path: '/api/cart/items' }, 'body'],
    ['a body of a read', { path: '/api/products', body: {} }, 'body'],
    ['a body where none is taken', { method: 'DELETE', path: '/api/cart', body: {} }, 'body'],
    ['a write that nobody knows', { method: 'POST', path: '/api/internal', body: {} }, 'path'],
    ['a write to what can only be read', { method: 'POST', path: '/api/products', body: {} }, 'method'],
    ['a path that climbs', { path: '/api/../metrics' }, 'path'],
    ['a path that is decoded twice', { ...add, path: '/api/cart%2Fitems' }, 'path'],
    ['an operator behind a query', { ...add, path: '/api/cart/items?a', body: { sku: {}, quantity: 1 } }, 'body.sku'],
  ])('GK-3 GK-11 is refused whole for %s', (_what, request, field) => {
    expect(whatIs([add, request])).toEqual(['validation-failed', [`requests.1.${field}`]]);
  });

  it('names every field that is wrong', () => {
    const wrong = { ...add, body: { sku: 'A-11', quantity: -1 } };
    expect(whatIs([wrong, add, wrong])).toEqual([
      'validation-failed',
      ['requests.0.body.quantity', 'requests.2.body.quantity'],
    ]);
  });
});

describe('the published routes', () => {
  it('GK-3 every operation with a body has a schema that refuses what is no request of it', () => {
    const writes = [
      ['POST', '/api/batch'],
      ['POST', '/api/orders'],
      ['PUT', '/api/cart'],
      ['POST', '/api/admin/products'],
      ['POST', '/api/admin/stock/receipts'],
    ] as const;
    for (const [method, path] of writes) {
      const known = routes.find(method, path);
      if (known.kind !== 'known') throw new Error(`${method} ${path} is ${known.kind}`);
      expect(known.operation.isBodyRequired).toBe(true);
      expect(known.operation.body?.safeParse({ nonsense: true }).success).toBe(false);
    }
  });

  it('a name goes before a parameter, and HEAD is a GET', () => {
    expect(routes.find('HEAD', '/api/orders/0193/history').kind).toBe('known');
    expect(routes.find('PUT', '/api/orders/0193')).toEqual({ kind: 'wrong-method', allowed: ['GET'] });
    expect(routes.find('POST', '/api/orders/0193/x').kind).toBe('unknown');
  });
});
