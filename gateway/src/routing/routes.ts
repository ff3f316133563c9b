import type { Fact } from '../activity/fact.js';

export type UpstreamName = 'catalog' | 'inventory' | 'order' | 'order-query' | 'recommendation';
export type Access = 'anonymous' | 'user' | 'admin';
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface Route {
  readonly method: Method;
  /** Public path; `:name` stands for one segment. */
  readonly path: string;
  readonly upstream: UpstreamName;
  /** Path at the service; its `:names` are filled from the public path. */
  readonly to: string;
  readonly access: Access;
  /** Events without end: no limit once the headers are there. */
  readonly isStream?: true;
  /** What a call that went well says about its caller. */
  readonly tells?: Fact['type'];
}

const route = (method: Method, path: string, upstream: UpstreamName, to: string, access: Access): Route => ({
  method,
  path,
  upstream,
  to,
  access,
});

/** Pattern: Gateway Routing. Everything that can be reached from outside; what is not here does not exist. */
export const routes: readonly Route[] = [
  route('GET', '/api/products', 'catalog', '/products', 'anonymous'),
  { ...route('GET', '/api/products/:id', 'catalog', '/products/:id', 'anonymous'), tells: 'product-viewed' },
  route('GET', '/api/categories', 'catalog', '/categories', 'anonymous'),
  route('GET', '/api/stock/:sku', 'inventory', '/stock/:sku', 'anonymous'),
  route('GET', '/api/recommendations', 'recommendation', '/recommendations', 'anonymous'),

  route('GET', '/api/cart', 'order', '/cart', 'user'),
  route('PUT', '/api/cart', 'order', '/cart', 'user'),
  route('DELETE', '/api/cart', 'order', '/cart', 'user'),
  { ...route('POST', '/api/cart/items', 'order', '/cart/items', 'user'), tells: 'cart-item-added' },
  route('POST', '/api/orders', 'order', '/orders', 'user'),
  route('GET', '/api/orders/:id', 'order', '/orders/:id', 'user'),
  route('POST', '/api/orders/:id/cancel', 'order', '/orders/:id/cancel', 'user'),
  route('POST', '/api/orders/:id/return', 'order', '/orders/:id/return', 'user'),
  route('GET', '/api/orders/:id/history', 'order', '/orders/:id/history', 'user'),
  { ...route('GET', '/api/orders/:id/stream', 'order', '/orders/:id/stream', 'user'), isStream: true },
  route('GET', '/api/orders', 'order-query', '/orders', 'user'),
  route('GET', '/api/customers/me/summary', 'order-query', '/customers/me/summary', 'user'),

  route('POST', '/api/admin/products', 'catalog', '/admin/products', 'admin'),
  route('PUT', '/api/admin/products/:id', 'catalog', '/admin/products/:id', 'admin'),
  route('PUT', '/api/admin/products/:id/price', 'catalog', '/admin/products/:id/price', 'admin'),
  route('DELETE', '/api/admin/products/:id', 'catalog', '/admin/products/:id', 'admin'),
  route('POST', '/api/admin/stock/receipts', 'inventory', '/admin/stock/receipts', 'admin'),
  route('GET', '/api/admin/orders', 'order-query', '/admin/orders', 'admin'),
  route('POST', '/api/admin/orders/:id/ship', 'order', '/admin/orders/:id/ship', 'admin'),
  route('GET', '/api/admin/reports/products', 'order-query', '/admin/reports/products', 'admin'),
  route('GET', '/api/admin/reports/days', 'order-query', '/admin/reports/days', 'admin'),
  route('GET', '/api/admin/sagas', 'order', '/admin/sagas', 'admin'),
  route('GET', '/api/admin/sagas/:orderId', 'order', '/admin/sagas/:orderId', 'admin'),
  route('POST', '/api/admin/sagas/:orderId/retry', 'order', '/admin/sagas/:orderId/retry', 'admin'),
  route('POST', '/api/admin/sagas/:orderId/abandon', 'order', '/admin/sagas/:orderId/abandon', 'admin'),
];
