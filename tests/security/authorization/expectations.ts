import type { Behind } from '../support/door.ts';

/** Who is let in. `session`: by cookie alone, whatever token comes along. */
export type Who = 'everybody' | 'signed-in' | 'administrators' | 'session';
/** What a path names. `order`: somebody's own; all else is everybody's, or the administrators'. */
export type Named = 'order' | 'product' | 'sku' | 'other';

export interface Expectation {
  readonly who: Who;
  /** What the last parameter of the path names; none without a parameter. */
  readonly names?: Named;
  /** What those who are let in are answered about what is there; anything but a refusal or a fault where it is left out. */
  readonly own?: readonly number[];
  /** And about what is not there; 404 without it. */
  readonly missing?: readonly number[];
}

type Table = Readonly<Record<string, Expectation>>;

const everybody: Expectation = { who: 'everybody' };
const signedIn: Expectation = { who: 'signed-in' };
const administrators: Expectation = { who: 'administrators' };
const session: Expectation = { who: 'session' };
const aProduct: Expectation = { who: 'everybody', names: 'product', own: [200] };
const aStock: Expectation = { who: 'everybody', names: 'sku', own: [200] };
const anOrder: Expectation = { who: 'signed-in', names: 'order', own: [200] };
const aCommand: Expectation = { who: 'signed-in', names: 'order', own: [202, 409] };
const anyOrder: Expectation = { who: 'administrators', names: 'order' };
const anyProduct: Expectation = { who: 'administrators', names: 'product' };
const something: Expectation = { who: 'administrators', names: 'other' };
/** Whether the body is good is looked at before whether there is such a thing. */
const something400: Expectation = { ...something, missing: [400] };
const anyProduct400: Expectation = { ...anyProduct, missing: [400] };

/** The public API. A route of the document that is not here fails, and so does one that is here alone. */
export const AT_GATEWAY: Table = {
  'GET /': everybody,
  'GET /guide': everybody,
  'GET /docs': everybody,
  'GET /openapi.json': everybody,
  'GET /asyncapi.json': everybody,
  'GET /auth/login': everybody,
  // Whoever comes without having left is told so.
  'GET /auth/callback': { who: 'everybody', own: [401] },
  'POST /auth/logout': everybody,
  'GET /auth/session': session,
  'GET /api/pages/home': everybody,
  'GET /api/pages/product/{id}': aProduct,
  'POST /api/batch': everybody,
  'POST /api/activity': everybody,
  'GET /api/products': everybody,
  'GET /api/products/{id}': aProduct,
  'GET /api/categories': everybody,
  'GET /api/stock': everybody,
  'GET /api/stock/{sku}': aStock,
  'GET /api/recommendations': everybody,
  'GET /api/cart': signedIn,
  'PUT /api/cart': signedIn,
  'DELETE /api/cart': signedIn,
  'POST /api/cart/items': signedIn,
  'POST /api/orders': signedIn,
  'GET /api/orders': signedIn,
  'GET /api/orders/{id}': anOrder,
  'POST /api/orders/{id}/cancel': aCommand,
  'POST /api/orders/{id}/return': aCommand,
  'GET /api/orders/{id}/history': anOrder,
  'GET /api/orders/{id}/stream': anOrder,
  'GET /api/customers/me/summary': signedIn,
  'POST /api/admin/products': administrators,
  'PUT /api/admin/products/{id}': anyProduct400,
  'DELETE /api/admin/products/{id}': anyProduct,
  'PUT /api/admin/products/{id}/price': anyProduct400,
  'POST /api/admin/stock/receipts': administrators,
  'POST /api/admin/orders/{id}/ship': anyOrder,
  'GET /api/admin/sagas': administrators,
  'GET /api/admin/sagas/{orderId}': anyOrder,
  'POST /api/admin/sagas/{orderId}/retry': anyOrder,
  'POST /api/admin/sagas/{orderId}/abandon': { ...anyOrder, missing: [400] },
  'GET /api/admin/orders': administrators,
  'GET /api/admin/reports/products': administrators,
  'GET /api/admin/reports/days': administrators,
  'GET /api/admin/dead-letters': administrators,
  'GET /api/admin/dead-letters/{service}/{id}': something,
  'POST /api/admin/dead-letters/{service}/{id}/replay': something,
  'POST /api/admin/dead-letters/{service}/{id}/discard': something,
  'DELETE /api/admin/cache': administrators,
  'GET /api/admin/throttle': administrators,
  'DELETE /api/admin/throttle/blocks/{caller}': something,
  'GET /api/admin/breakers': administrators,
  'POST /api/admin/breakers/{name}/{action}': { ...something, missing: [400, 404] },
};

const deadLetters: Table = {
  'GET /admin/dead-letters': administrators,
  'GET /admin/dead-letters/{id}': something,
  'POST /admin/dead-letters/{id}/replay': something,
  'POST /admin/dead-letters/{id}/discard': something,
};

/** The services themselves, past the gateway: what their guards say of the token that the gateway would have sent. */
export const AT_SERVICES: Readonly<Record<Behind, Table>> = {
  catalog: {
    'GET /products': everybody,
    'GET /products/{id}': aProduct,
    'GET /categories': everybody,
    'POST /admin/products': administrators,
    'PUT /admin/products/{id}': anyProduct400,
    'DELETE /admin/products/{id}': anyProduct,
    'PUT /admin/products/{id}/price': anyProduct400,
  },
  inventory: {
    'GET /stock': everybody,
    'GET /stock/{sku}': aStock,
    'POST /admin/stock/receipts': administrators,
    ...deadLetters,
  },
  order: {
    'GET /cart': signedIn,
    'PUT /cart': signedIn,
    'DELETE /cart': signedIn,
    'POST /cart/items': signedIn,
    'POST /orders': signedIn,
    'GET /orders/{id}': anOrder,
    'POST /orders/{id}/cancel': aCommand,
    'POST /orders/{id}/return': aCommand,
    'GET /orders/{id}/history': anOrder,
    'GET /orders/{id}/stream': anOrder,
    'POST /admin/orders/{id}/ship': anyOrder,
    'GET /admin/sagas': administrators,
    'GET /admin/sagas/{orderId}': anyOrder,
    'POST /admin/sagas/{orderId}/retry': anyOrder,
    'POST /admin/sagas/{orderId}/abandon': { ...anyOrder, missing: [400] },
    'GET /admin/breakers': administrators,
    'POST /admin/breakers/{name}/{action}': { ...something400, missing: [400, 404] },
    ...deadLetters,
  },
  'order-query': {
    'GET /orders': signedIn,
    'GET /customers/me/summary': signedIn,
    'GET /admin/orders': administrators,
    'GET /admin/reports/products': administrators,
    'GET /admin/reports/days': administrators,
    ...deadLetters,
  },
  recommendation: {
    'GET /recommendations': everybody,
    ...deadLetters,
  },
};
