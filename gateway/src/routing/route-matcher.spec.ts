import { describe, expect, it } from '@jest/globals';
import { matchRoute } from './route-matcher.js';
import { routes } from './routes.js';

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
  ])('%s %s goes to %s%s for %s', (method, path, upstream, to, access) => {
    expect(matchRoute(routes, method, path)).toMatchObject({ kind: 'found', path: to, route: { upstream, access } });
  });

  it.each([
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
  ])('nothing is at %s', (path) => {
    expect(matchRoute(routes, 'GET', path).kind).toBe('unknown');
  });

  it('names the allowed methods of a known path', () => {
    expect(matchRoute(routes, 'POST', '/api/cart')).toEqual({
      kind: 'wrong-method',
      allowed: ['GET', 'HEAD', 'PUT', 'DELETE'],
    });
  });

  it('takes HEAD for GET, but not for a stream', () => {
    const match = matchRoute(routes, 'HEAD', '/api/orders/7');
    expect(match).toMatchObject({ kind: 'found', path: '/orders/7', route: { method: 'GET' } });
    expect(matchRoute(routes, 'HEAD', '/api/orders/7/stream')).toEqual({ kind: 'wrong-method', allowed: ['GET'] });
    expect(matchRoute(routes, 'HEAD', '/api/cart/items').kind).toBe('wrong-method');
  });

  it('reaches admin paths of services for admins only', () => {
    const guarded = routes.filter((route) => /^\/(admin|internal|metrics)/.test(route.to));
    expect(guarded.map((route) => [route.access, route.path.startsWith('/api/admin/')])).toEqual(
      guarded.map(() => ['admin', true]),
    );
    expect(guarded.length).toBeGreaterThan(0);
  });
});
