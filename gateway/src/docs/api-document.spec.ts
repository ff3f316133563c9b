import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { type ControllerRoute, documentedRoutes, routesOf } from '@souk/testing';
import type { GatewayConfig } from '../config.js';
import { gatewayModule } from '../gateway.module.js';
import { onlyDeletes, onlyReads, onlyWrites } from '../routing/only-reads.js';
import { packagedTable, type Route } from '../routing/routes.js';

const { routes } = packagedTable;

const document = new URL('../../../contracts/openapi.json', import.meta.url);
const URLS = [
  'PUBLIC_URL',
  'OIDC_ISSUER',
  'CATALOG_URL',
  'INVENTORY_URL',
  'ORDER_URL',
  'ORDER_QUERY_URL',
  'RECOMMENDATION_URL',
];
const config = {
  ...Object.fromEntries(URLS.map((name) => [name, 'http://127.0.0.1:1'])),
  // Any file: nothing is sealed here.
  SESSION_KEY_FILE: import.meta.filename,
  SOUK_VARIANTS: [],
  issuers: [],
} as unknown as GatewayConfig;

/** Files that pages load; the catch-all of the proxy, which is the route table. */
const NO_OPERATIONS = new Set(['/docs/{part}', '/assets/{name}', '/api/*']);

function methodOf({ method, guards, path }: ControllerRoute): string {
  if (method !== 'ALL') return method;
  if (guards.includes(onlyReads)) return 'GET';
  if (guards.includes(onlyWrites)) return 'POST';
  if (guards.includes(onlyDeletes)) return 'DELETE';
  throw new Error(`${path} takes any method`);
}

const own = routesOf(gatewayModule(config).controllers ?? [])
  .filter(({ path }) => !NO_OPERATIONS.has(path))
  .map((route) => `${methodOf(route)} ${route.path}`);
const braced = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');
const passedOn = (table: readonly Route[]): string[] => table.map(({ method, path }) => `${method} ${braced(path)}`);

describe('the public API document', () => {
  it('names every route of the gateway, and no other', () => {
    expect(passedOn(routes).length).toBeGreaterThan(15);
    expect(documentedRoutes(document)).toEqual([...own, ...passedOn(routes)].sort());
  });

  it('would miss a new route', () => {
    const planted: Route = {
      method: 'GET',
      path: '/api/planted/:id',
      upstream: 'order',
      to: '/planted',
      access: 'user',
    };
    expect(passedOn([planted])).toEqual(['GET /api/planted/{id}']);
    expect(documentedRoutes(document)).not.toContain('GET /api/planted/{id}');
  });

  it('says of every route who may use it, and where it leads', () => {
    const { paths } = JSON.parse(readFileSync(document, 'utf8')) as { paths: Record<string, Record<string, object>> };
    const wrong = routes.filter(({ method, path, access, upstream, to }) => {
      const operation = paths[braced(path)]?.[method.toLowerCase()];
      const expected = { 'x-access': access, 'x-served-by': `${upstream} ${braced(to)}` };
      return !isDeepStrictEqual({ ...operation, ...expected }, operation);
    });
    expect(wrong).toEqual([]);
  });
});
