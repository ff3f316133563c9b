/** Dots and slashes as some decoder somewhere reads them. */
const DOTS = [
  '..',
  '%2e%2e',
  '.%2E',
  '%252e%252e',
  '%c0%ae%c0%ae',
  '%u002e%u002e',
  '%ef%bc%8e%ef%bc%8e',
  '..;',
  '..%00',
  '..%20',
  '...',
  '.',
];
const SLASHES = [
  '/',
  '//',
  '%2f',
  '%2F',
  '%5c',
  '\\',
  '%252f',
  '%255c',
  '%c0%af',
  '%e0%80%af',
  '%u2215',
  '%ef%bc%8f',
  '/;/',
  '/./',
  ';/',
];

/** Where somebody would like to get to without being asked who he is: at the gateway, and behind it. */
const WANTED = 'admin/orders';

const climbing = DOTS.flatMap((dots) => SLASHES.map((slash) => `/api/products/${dots}${slash}${WANTED}`));
const deeper = DOTS.map((dots) => `/api/products/x/${dots}/${dots}/${WANTED}`);

const odd = [
  '/api/products/..',
  '/api/products/../admin/orders',
  '/api/products/%2e%2e%2fadmin%2forders',
  '/api/products/..%2f..%2f..%2fetc%2fpasswd',
  '/api/products/%00',
  '/api/products/x%00.json',
  '/api/products/%',
  '/api/products/%2',
  '/api/products/%zz',
  '/api/products/%ff',
  '/api/products/%ed%a0%80',
  '/api/products/x%0d%0aX-Injected:%201',
  '/api/products/x%0aGET%20/admin/orders',
  '/api/products/x%20HTTP/1.1%0d%0aHost:%20evil',
  '/api/products/x?a=%0d%0aX-Injected:%201',
  '/api/products?q=%0d%0aX-Injected:%201',
  '/api/products/x;admin/orders',
  '/api/products;/../admin/orders',
  '/api;x/products',
  '/api//admin/orders',
  '//api/admin/orders',
  '//evil.test/api/products',
  '///api/products',
  '/./api/admin/orders',
  '/API/products',
  '/Api/Admin/orders',
  '/api/admin%2forders',
  '/api/%61dmin/orders',
  '/%61pi/admin/orders',
  '/api/products#/../admin/orders',
  '/api/products?/../admin/orders',
  '/api/products/x?x=../../admin/orders',
  '/api/admin/orders/',
  '/api/admin/orders?',
  '/api/admin/orders;x=y',
  '/api/admin/orders%20',
  '/api/admin/orders%09',
  '/api/admin/orders.json',
  '/api/admin/orders/..;/',
  'api/products',
  '/',
  '/..',
  '/../',
  '/..//..//admin/orders',
  '/api/stock/..%2fadmin%2forders',
  '/api/stock/..%252fadmin%252forders',
  '/api/stock/A%2fB',
  '/api/stock/A%5cB',
  '/api/pages/product/..%2f..%2fadmin%2forders',
  '/api/pages/product/%2e%2e',
  '/api/pages/product/x%3fa=b',
  '/api/pages/product/x%23a',
  '/api/pages/product/x%0d%0aHost:%20evil',
  '/docs/..%2f..%2fpackage.json',
  '/docs/../../package.json',
  '/docs/%2e%2e/%2e%2e/package.json',
  '/docs/....//....//package.json',
];

/** Request targets that ask for one thing in the hope that somebody reads another. */
export const TARGETS: readonly string[] = [...climbing, ...deeper, ...odd];

/** Not ASCII, or no text at all; as a client sends them, byte by byte. */
export const RAW_TARGETS: readonly string[] = [
  '/api/products/\xe4',
  '/api/products/\xc3\xa4',
  '/api/products/\u0100'.replace('\u0100', '\xc4\x80'),
  '/api/products?q=\xff',
  '/api/products?q=\x80\x81',
  '/api/products/\x7f',
  '/api/products/\xe5\x98\x8d\xe5\x98\x8aX-Injected:1',
  '/api/products?q=\xe5\x98\x8a\xe5\x98\x8dX-Injected:1',
];

/** What the gateway passes on to services. */
export const PASSED_HEADERS = [
  'accept',
  'accept-language',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
  'x-correlation-id',
  'traceparent',
];

/** Values in which a reader with other ideas of a line, or of characters, finds a header more. */
export const HEADER_VALUES = [
  'a%0d%0aX-Injected: 1',
  'a\\r\\nX-Injected: 1',
  'a\xe5\x98\x8a\xe5\x98\x8dX-Injected: 1',
  'a\x85X-Injected: 1',
  'a\xa0X-Injected: 1',
  'a\xffX-Injected: 1',
  'a\tX-Injected: 1',
  'a, X-Injected: 1',
  'a; X-Injected=1',
  '"a\\"X-Injected: 1"',
];
