import { defaultUpstream } from '@souk/contracts';
import type { Route, RouteTable } from './routes.js';

/** The deployment that puts pages and batches together, as route tables name it. */
export const AGGREGATION = 'aggregation';

const page = (path: string, more: Partial<Route> = {}): Route => ({
  method: 'GET',
  path,
  to: path,
  upstream: AGGREGATION,
  access: 'anonymous',
  page: true,
  ...more,
});
const PAGES: readonly Route[] = [page('/api/pages/product/:id', { tells: 'product-viewed' }), page('/api/pages/home')];

/**
 * Where aggregation is a deployment of its own (`urls`), pages are led to it. An entry of the table for the same address goes before
 * these, and one for `aggregation` among its upstreams in place of `urls`: a canary of it, say.
 */
export function withAggregation(table: RouteTable, urls: readonly string[] | undefined): RouteTable {
  if (urls === undefined) return table;
  const upstreams = { [AGGREGATION]: { ...defaultUpstream, urls: [...urls] }, ...table.upstreams };
  return { ...table, upstreams, routes: [...table.routes, ...PAGES] };
}
