import { describe, expect, it } from '@jest/globals';
import { RouteMatcher } from './route-matcher.js';
import { packagedTable, parseRoutes } from './routes.js';

const { routes } = packagedTable;
const matcher = new RouteMatcher(routes);

describe('route table', () => {
  it.each([
    ['GET', '/api/products', 'catalog', '/products', 'anonymous'],
    ['GET', '/api/products/7', 'catalog', '/products/7', 'anonymous'],
    ['GET', '/api/products/a%20b', 'catalog', '/products/a%20b', 'anonymous'],
    ['GET', '/api/stock/LAMP-1', 'inventory', '/stock/LAMP-1', 'anonymous'],
    ['GET', '/api/recommendations', 'recommendation', '/recommendations', 'anonymous'],
    ['GET', '/api/orders', 'order-query', '/orders', 'user'],
    ['GET', '/api/customers/me/summary', 'order-query', '/customers/me/summary', 'user'],
    ['POST', '/api/orders', 'order', '/orders', 'user'],
    ['GET', '/api/orders/7/stream', 'order', '/orders/7/stream', 'user'],
    ['PUT', '/api/admin/products/7/price', 'catalog', '/admin/products/7/price', 'admin'],
    ['POST', '/api/admin/stock/receipts', 'inventory', '/admin/stock/receipts', 'admin'],
    ['GET', '/api/admin/orders', 'order-query', '/admin/orders', 'admin'],
    ['GET', '/api/admin/reports/products', 'order-query', '/admin/reports/products', 'admin'],
    ['GET', '/api/admin/reports/days', 'order-query', '/admin/reports/days', 'admin'],
  ])('RTE-1: %s %s goes to %s%s for %s', (method, path, upstream, to, access) => {
    expect(matcher.match(method, path)).toMatchObject({ kind: 'found', path: to, route: { upstream, access } });
  });

  it.each([
    '',
    '/',
    '/api',
    '/api/',
    '/api/products/',
    '/api//products',
    '/api/Products',
    '/api/metrics',
    '/api/internal/x',
    '/api/livez',
    '/api/admin',
    '/api/products/7/price',
    '/api/catalog/products',
    '/api/stock/',
    '/admin/products',
    '/metrics',
    '/products',
    '/x/products',
    '/api/__proto__',
  ])('RTE-5 RTE-6: nothing is at %j', (path) => {
    expect(matcher.match('GET', path).kind).toBe('unknown');
  });

  it('names the allowed methods of a known path', () => {
    expect(matcher.match('POST', '/api/cart')).toEqual({
      kind: 'wrong-method',
      allowed: ['GET', 'HEAD', 'PUT', 'DELETE'],
    });
  });

  it('takes HEAD for GET, but not for a stream', () => {
    const match = matcher.match('HEAD', '/api/orders/7');
    expect(match).toMatchObject({ kind: 'found', path: '/orders/7', route: { method: 'GET' } });
    expect(matcher.match('HEAD', '/api/orders/7/stream')).toEqual({ kind: 'wrong-method', allowed: ['GET'] });
    expect(matcher.match('HEAD', '/api/cart/items').kind).toBe('wrong-method');
  });

  it('RTE-6: reaches admin paths of services for admins only', () => {
    const guarded = routes.filter((route) => /^\/(admin|internal|metrics)/.test(route.to));
    expect(guarded.map((route) => [route.access, route.path.startsWith('/api/admin/')])).toEqual(
      guarded.map(() => ['admin', true]),
    );
    expect(guarded.length).toBeGreaterThan(0);
  });
});

describe('a table of one’s own', () => {
  const matcherOf = (...entries: string[]) =>
    new RouteMatcher(
      parseRoutes(`routes:\n${entries.map((one) => `  - { access: anonymous, ${one} }\n`).join('')}`).routes,
    );
  const leads = (given: RouteMatcher, path: string, headers = {}, method = 'GET') => {
    const match = given.match(method, path, headers);
    return match.kind === 'found' ? `${match.route.upstream} ${match.path}` : match.kind;
  };

  it('RTE-1: a name goes before a parameter, whatever the order', () => {
    const given = matcherOf(
      'method: GET, path: /api/a/:x/c, upstream: order',
      'method: GET, path: /api/a/b/:y, upstream: catalog, to: /last/:y',
      'method: POST, path: /api/a/b/c, upstream: inventory',
    );
    expect([leads(given, '/api/a/b/c'), leads(given, '/api/a/z/c')]).toEqual(['catalog /last/c', 'order /a/z/c']);
    expect(leads(given, '/api/a/b/c', {}, 'POST')).toBe('inventory /a/b/c');
    expect(given.match('PUT', '/api/a/b/c')).toEqual({ kind: 'wrong-method', allowed: ['POST', 'GET', 'HEAD'] });
  });

  it('finds its way back from a dead end with the right values', () => {
    const given = matcherOf(
      'method: GET, path: /api/:a/x/:b/end, upstream: order, to: /o/:b/:a',
      'method: GET, path: /api/:a/:c/:b/other, upstream: catalog, to: /c/:a/:b/:c',
    );
    expect(leads(given, '/api/1/x/2/end')).toBe('order /o/2/1');
    expect(leads(given, '/api/1/x/2/other')).toBe('catalog /c/1/2/x');
  });

  it('RTE-1 RTE-4: a version is asked for by header; the address is the same', () => {
    const given = matcherOf(
      'method: GET, path: /api/products, upstream: catalog',
      "method: GET, path: /api/products, upstream: order, headers: { x-api-version: '2' }",
      "method: GET, path: /api/products, upstream: inventory, headers: { x-api-version: '2', x-beta: 'yes' }",
    );
    expect(leads(given, '/api/products')).toBe('catalog /products');
    expect(leads(given, '/api/products', { 'x-api-version': '3' })).toBe('catalog /products');
    expect(leads(given, '/api/products', { 'x-api-version': '2' })).toBe('order /products');
    expect(leads(given, '/api/products', { 'x-api-version': '2', 'x-beta': 'yes' })).toBe('inventory /products');
    expect(given.match('GET', '/api/products')).toMatchObject({ chosenBy: ['x-api-version', 'x-beta'] });
  });

  it('RTE-1: a route is for one host, by any port of it or by one', () => {
    const given = matcherOf(
      'method: GET, path: /api/a, upstream: order, host: api.shop.test',
      "method: GET, path: /api/a, upstream: catalog, host: 'api.shop.test:8443'",
      'method: GET, path: /api/b, upstream: order, host: api.shop.test',
    );
    expect(leads(given, '/api/b', { host: 'API.shop.test:8080' })).toBe('order /b');
    expect(leads(given, '/api/a', { host: 'api.shop.test' })).toBe('order /a');
    expect(
      leads(matcherOf("method: GET, path: /api/a, upstream: catalog, host: 'h:1'"), '/api/a', { host: 'h:2' }),
    ).toBe('unknown');
    expect([leads(given, '/api/b', { host: 'shop.test' }), leads(given, '/api/b')]).toEqual(['unknown', 'unknown']);
  });
});
