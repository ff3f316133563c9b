import { describe, expect, it } from '@jest/globals';
import { routeTable } from './routes.js';

const entry = { method: 'GET', path: '/api/products', upstream: 'catalog', access: 'anonymous' };
const canary = { version: 'v2', urls: ['http://127.0.0.1:1'] };

/** Where something is wrong with a table of these routes, and what. */
const wrong = (routes: object[], upstreams: object = {}): string[] => {
  const result = routeTable.safeParse({ upstreams, routes });
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('a route table', () => {
  it('needs little: the path at the service is the public one without /api', () => {
    expect(routeTable.parse({ routes: [entry] }).routes).toEqual([{ ...entry, to: '/products' }]);
    expect(wrong([{ ...entry, to: '/things/:id', path: '/api/v2/products/:id' }])).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    ['a path outside /api', { path: '/products' }, /routes\.0\.path: GET \/products: .*\/api\/…/],
    ['/api itself', { path: '/api' }, /routes\.0\.path/],
    ['an empty segment', { path: '/api//products' }, /routes\.0\.path/],
    ['a slash at the end', { path: '/api/products/' }, /routes\.0\.path/],
    ['climbing', { path: '/api/x/..' }, /routes\.0\.path/],
    ['climbing at the service', { to: '/x/../internal' }, /routes\.0\.to/],
    ['an encoded path', { path: '/api/%61' }, /routes\.0\.path/],
    ['a query', { to: '/products?a=1' }, /routes\.0\.to/],
    ['a wildcard', { path: '/api/*' }, /routes\.0\.path/],
    ['another site', { to: '//evil.test/x' }, /routes\.0\.to/],
    ['a path that the caller begins', { path: '/api/:x', to: '/:x' }, /leads anywhere/],
    ['the same name twice', { path: '/api/:x/:x', to: '/a/:x' }, /twice/],
    ['a name that is not in the path', { path: '/api/a/:id', to: '/a/:sku' }, /:sku is not in \/api\/a\/:id/],
    ['a service of every object', { upstream: 'constructor' }, /there is no constructor/],
    ['a service that nobody knows', { upstream: 'reviews' }, /there is no reviews; take one of catalog, .*or add it/],
    ['a version that the service has not', { version: 'v2' }, /catalog has no version v2; it has stable/],
    ['a POST that streams', { method: 'POST', stream: true }, /only a GET streams/],
    ['a POST that is answered late on purpose', { method: 'POST', longPoll: true }, /longPoll: .*only a GET waits/],
    ['a POST that is cached', { method: 'POST', cache: { seconds: 1 } }, /take it out/],
    ['a customer’s own answer that is cached', { access: 'user', cache: { seconds: 1 } }, /everybody alike/],
    ['a stream that is cached', { stream: true, cache: { seconds: 1 } }, /take it out/],
    ['a key that nobody knows', { chache: {} }, /chache/],
    ['a method that nobody knows', { method: 'TRACE' }, /routes\.0\.method/],
    ['no method', { method: undefined }, /routes\.0\.method/],
    ['a limit of nothing', { timeoutMs: 0 }, /routes\.0\.timeoutMs/],
    ['a header in capitals', { headers: { 'X-Api-Version': '2' } }, /lower case/],
    ['a host in capitals', { host: 'Shop.test' }, /lower case/],
  ])('is refused for %s', (_what, change, reason) => {
    const found = wrong([{ ...entry, ...change }]);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(reason);
  });

  it.each([
    'internal',
    'metrics',
    'livez',
    'readyz',
    'healthz',
    'startupz',
    'configz',
    'failpoints',
    'jwks.json',
    'Metrics',
  ])('RTE-6: never leads to /%s of a service', (name) => {
    expect(wrong([{ ...entry, to: `/${name}` }])[0]).toMatch(/is internal to its service/);
    expect(wrong([{ ...entry, path: '/api/a/:id', to: `/${name}/:id` }])[0]).toMatch(/is internal/);
  });

  it('RTE-6: leads to addresses of admins from addresses of admins, for admins', () => {
    const admin = { ...entry, path: '/api/admin/products', to: '/admin/products', access: 'admin' };
    expect(wrong([admin])).toEqual([]);
    for (const change of [
      { access: 'user' },
      { path: '/api/products' },
      { to: '/products' },
      { to: '/administration' },
      { path: '/api/products', access: 'user', to: '/Admin/products' },
    ])
      expect(wrong([{ ...admin, ...change }])[0]).toMatch(/say all three or none/);
  });

  it('answers a request in one way', () => {
    const again = { ...entry, upstream: 'order' };
    expect(wrong([entry, again])).toEqual([
      'routes.1: GET /api/products: is the same request as routes.0; take one of them out',
    ]);
    const [one, other] = ['/api/a/:id', '/api/a/:sku'].map((path) => ({ ...entry, path, to: '/a' }));
    expect(wrong([one ?? {}, other ?? {}])).toHaveLength(1);
    expect(wrong([entry, { ...again, headers: { 'x-api-version': '2' } }, { ...again, host: 'a.test' }])).toEqual([]);
    expect(wrong([entry, { ...again, method: 'POST' }])).toEqual([]);
  });

  it('says where its services are', () => {
    expect(wrong([entry], { reviews: {} })).toEqual([
      'upstreams.reviews: the environment does not say where reviews is; give it urls',
    ]);
    expect(wrong([{ ...entry, upstream: 'reviews' }], { reviews: { urls: ['http://reviews:8080'] } })).toEqual([]);
    for (const url of ['ftp://x', 'http://x/path', 'http://x/?a=1', 'http://me@x', 'x:1', ''])
      expect(wrong([entry], { reviews: { urls: [url] } }).join()).toMatch(/upstreams\.reviews\.urls\.0/);
  });

  it('RTE-3: gives a canary a share from 0 to 100 and a version of its own', () => {
    expect(wrong([{ ...entry, version: 'v2' }], { catalog: { canary } })).toEqual([]);
    for (const weight of [-1, 101, 2.5, '5'])
      expect(wrong([entry], { catalog: { canary: { ...canary, weight } } })).toHaveLength(1);
    expect(wrong([entry], { catalog: { version: 'v2', canary } })[0]).toMatch(/another name/);
    expect(wrong([entry], { catalog: { canary: { ...canary, urls: [] } } })).toHaveLength(1);
  });

  it('is told all of its mistakes at once', () => {
    const other = { ...entry, path: '/api/b', upstream: 'nobody' };
    expect(wrong([{ ...entry, to: '/metrics' }, other, other])).toHaveLength(4);
    expect(wrong([])).toHaveLength(1);
  });
});
