import { randomBytes, randomUUID } from 'node:crypto';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { type Check, findings } from './support/check.ts';
import { type Operation, operationsOf, readDocument } from './support/documents.ts';
import { BEHIND, type Door } from './support/door.ts';
import { inStock } from './support/goods.ts';
import { send, type Wish } from './support/send.ts';
import { bearer } from './support/tokens.ts';

const LOGGED_WITHIN_MS = 5_000;
const BODY_LIMIT = 1024 * 1024;

/** As in the document of the API, with bodies that are good. */
function documented(key: string): Operation {
  const found = operationsOf(readDocument()).find((operation) => operation.key === key);
  if (found === undefined) throw new Error(`there is no ${key}`);
  return found;
}

/** Encoded so often that only who decodes more than once sees where they lead. */
const TWICE_ENCODED = [
  '/api/products/%252e%252e',
  '/api/products/%252e%252e%252fadmin%252fsagas',
  '/api/%2561dmin/sagas',
  '/%2561pi/admin/sagas',
  '/api/products/..%252fadmin',
  '/api/products/a%2500',
  '/api/products/%255c..%255cadmin',
  '/api/stock/%25252e%25252e',
];

export const pathsDecodedTwice: Check = {
  name: 'path traversal: double encoding (GK-4)',
  behind: 'echo',
  look: async ({ url, echo, tokens }) => {
    const headers = bearer(await tokens.user('alice'));
    return findings(TWICE_ENCODED, async (target) => {
      const { status } = await send(url, target, { headers });
      const [arrival] = echo.arrivals.splice(0);
      if (arrival !== undefined) return `${target} arrived as ${arrival.url}`;
      return status === 400 ? undefined : `${target}: ${status}`;
    });
  },
};

/** Announced, or in pieces: neither may be taken in. */
export const hugeBodies: Check = {
  name: 'JSON abuse: size (GK-3)',
  behind: 'echo',
  look: async ({ url, echo, tokens }) => {
    const body = `"${'x'.repeat(BODY_LIMIT)}"`;
    const own = { ...bearer(await tokens.user('alice')), 'idempotency-key': randomUUID() };
    const ways: readonly Record<string, string>[] = [{}, { 'transfer-encoding': 'chunked' }];
    return findings(ways, async (way) => {
      const headers = { ...own, 'content-type': 'application/json', ...way };
      // The gateway may hang up before all of it was sent: that is a refusal too.
      const answer = await send(url, '/api/orders', { method: 'POST', headers, body }).catch(() => undefined);
      const arrived = echo.arrivals.splice(0).length;
      return arrived === 0 && (answer?.status ?? 413) === 413
        ? undefined
        : `${body.length} bytes ${JSON.stringify(way)}: ${answer?.status}, ${arrived} arrived`;
    });
  },
};

/** A write whose connection broke may have been done: nobody but its sender may send it again. */
export const writesSentAgain: Check = {
  name: 'resource consumption: a write sent twice (RTY-4)',
  behind: 'echo',
  look: async ({ url, echo, tokens }) => {
    const token = bearer(await tokens.user('alice'));
    const writes = ['POST /api/orders', 'POST /api/cart/items', 'PUT /api/cart', 'DELETE /api/cart'].map(documented);
    return findings(writes, async ({ method, path, bodies: [body] }) => {
      echo.forget();
      echo.answer = (_arrival, response) => void response.destroy();
      const headers = { ...token, 'idempotency-key': randomUUID() };
      await send(url, path, { method, headers, body });
      const count = echo.arrivals.length;
      echo.forget();
      return count === 1 ? undefined : `${method} ${path} arrived ${count} times`;
    });
  },
};

/** Customers must not be let through to what is for administrators. */
export const customersAsAdmins: Check = {
  name: 'BFLA (FED-4)',
  behind: 'echo',
  look: async ({ url, echo, tokens }) => {
    const callers = [
      await tokens.user('alice'),
      await tokens.user('alice', []),
      await tokens.user('alice', ['Admin', 'ADMIN', 'administrator', 'admin ']),
    ];
    const places = [
      'GET /api/admin/sagas',
      'GET /api/admin/orders',
      'POST /api/admin/products',
      'DELETE /api/admin/products/{id}',
    ].map(documented);
    const cases = callers.flatMap((token) => places.map((place) => ({ token, ...place })));
    return findings(cases, async ({ token, method, path, bodies: [body] }) => {
      const address = path.replace('{id}', randomUUID());
      const { status } = await send(url, address, { method, headers: bearer(token), body });
      const arrived = echo.arrivals.splice(0).length;
      return status === 403 && arrived === 0 ? undefined : `${method} ${path}: ${status}, ${arrived} arrived`;
    });
  },
};

/** Nor by a service that somebody has reached past the gateway: each looks at roles itself. Nothing of this is there, so nothing is changed. */
export const customersAsAdminsInside: Check = {
  name: 'BFLA, past the gateway (GK-8)',
  behind: 'shop',
  look: async ({ services, tokens }) => {
    const callers = [
      { wanted: 401, token: await tokens.internal('anonymous', []) },
      { wanted: 403, token: await tokens.internal('alice') },
      { wanted: 403, token: await tokens.internal('alice', []) },
    ];
    const places = BEHIND.flatMap((service) =>
      operationsOf(readDocument(service))
        .filter(({ path }) => path.startsWith('/admin/'))
        .map((operation) => ({ service, ...operation })),
    );
    const cases = callers.flatMap((caller) => places.map((place) => ({ ...caller, ...place })));
    return findings(cases, async ({ wanted, token, service, method, path }) => {
      const address = path.replaceAll(/\{\w+\}/g, () => randomUUID());
      const { status } = await send(services[service], address, { method, headers: bearer(token) });
      return status === wanted ? undefined : `${service}, ${method} ${path}: ${status}, not ${wanted}`;
    });
  },
};

/** What stood in requests and must never stand in a log. */
export const secretsInLogs: Check = {
  name: 'logs: secret canary (OFF-5)',
  behind: 'echo',
  look: async (door) => {
    const { url, tokens } = door;
    const secret = (): string => `canary-${randomBytes(12).toString('hex')}`;
    const name = secret();
    const token = await tokens.user(name);
    const canaries = {
      name,
      token,
      query: secret(),
      cookie: secret(),
      body: secret(),
      badToken: secret(),
      code: secret(),
    };
    const requests: readonly (readonly [string, Wish])[] = [
      [`/api/products?q=${canaries.query}`, { headers: bearer(token) }],
      ['/api/cart', { headers: { cookie: `souk-session=${canaries.cookie}` } }],
      ['/api/cart', { headers: bearer(`a.b.${canaries.badToken}`) }],
      ['/api/cart/items', { method: 'POST', headers: bearer(token), body: { sku: canaries.body } }],
      [`/auth/callback?code=${canaries.code}&state=x`, {}],
    ];
    for (const [path, wish] of requests) await send(url, path, wish);
    const last = String((await send(url, '/api/categories')).headers['x-correlation-id']);
    await waitFor('the last request is logged', LOGGED_WITHIN_MS, async () => door.log().includes(last));
    return Object.entries(canaries).flatMap(([what, canary]) =>
      door.log().includes(canary) ? [`the ${what} is in the log`] : [],
    );
  },
};

/** Where code stands and what it is made of. */
const INNARDS = /\bat .{1,200}:\d+:\d+|node_modules|\/dist\/|\.(?:js|ts):\d+|\bError:/;

const REFUSED: readonly (readonly [string, Wish])[] = [
  ['/nothing', {}],
  ['/api/nothing', {}],
  ['/api/cart', {}],
  ['/api/cart', { headers: { authorization: 'Bearer a.b.c' } }],
  ['/api/products/%252e', {}],
  ['/api/batch', { method: 'POST', body: '{' }],
  ['/api/batch', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' }],
  ['/api/batch', { method: 'POST', body: {} }],
  ['/auth/login?returnTo=//evil.example', {}],
  ['/auth/callback?code=x', {}],
  ['/auth/session', {}],
];

export const tellingErrors: Check = {
  name: 'admin and debug: stack traces (GK-4)',
  behind: 'echo',
  look: (door) => findings(REFUSED, async ([path, wish]) => told(path, (await send(door.url, path, wish)).text)),
};

export const told = (what: string, text: string): string | undefined => {
  const found = INNARDS.exec(text)?.[0];
  return found === undefined ? undefined : `${what} tells ${found.slice(0, 80)}`;
};

/** What one customer was answered must not be given to the next. */
export const answersOfOthers: Check = {
  name: 'BOLA, placement: a shared cache (OFF-4)',
  behind: 'shop',
  look: async ({ url, tokens }) => {
    const people = await Promise.all(['a', 'b'].map((name) => tokens.user(`${name}-${randomUUID().slice(0, 8)}`)));
    const [one = '', other = ''] = people;
    const { sku } = await inStock(url);
    await send(url, '/api/cart', {
      method: 'PUT',
      headers: bearer(one),
      body: { version: 0, lines: [{ sku, quantity: 3 }] },
    });
    const cartOf = async (token: string) => (await send(url, '/api/cart', { headers: bearer(token) })).text;
    const [own, others] = [await cartOf(one), await cartOf(other)];
    if (!own.includes(sku)) return [`the cart of its owner lacks ${sku}: ${own}`];
    return others.includes(sku) ? ['the cart of one customer is shown to another'] : [];
  },
};

/** An order of somebody else is as if it did not exist: at the service too, where nothing but the owner check stands. */
export const ordersOfOthers: Check = {
  name: 'BOLA (GK-8)',
  behind: 'shop',
  look: async (door) => {
    const owner = `owner-${randomUUID().slice(0, 8)}`;
    const orderId = await placeOrder(door, owner);
    const stranger = bearer(await door.tokens.internal('stranger'));
    const ways: readonly (readonly [string, string])[] = [
      ['GET', ''],
      ['GET', '/history'],
      ['POST', '/return'],
      ['POST', '/cancel'],
    ];
    return findings(ways, async ([method, end]) => {
      const ask = (id: string) => send(door.services.order, `/orders/${id}${end}`, { method, headers: stranger });
      const [others, missing] = [await ask(orderId), await ask(randomUUID())];
      const isSame = others.status === 404 && others.json.code === missing.json.code;
      return isSame ? undefined : `${method} /orders/…${end} of somebody else: ${others.status}`;
    });
  },
};

/** Of one piece of what the shop has; resolves to its id. */
export async function placeOrder({ url, tokens }: Pick<Door, 'url' | 'tokens'>, user: string): Promise<string> {
  const headers = { ...bearer(await tokens.user(user)), 'idempotency-key': randomUUID() };
  const answer = await send(url, '/api/orders', { method: 'POST', headers, body: await orderBody(url) });
  if (answer.status !== 202) throw new Error(`the order of ${user} was answered ${answer.status}: ${answer.text}`);
  return String(answer.json['orderId']);
}

export async function orderBody(url: string): Promise<Readonly<Record<string, unknown>>> {
  const { sku, price } = await inStock(url);
  return {
    lines: [{ sku, quantity: 1 }],
    expectedTotal: price,
    address: { name: 'Zoë Test', street: '2 Market Lane', city: 'Gent', postalCode: '9000', country: 'BE' },
    paymentMethod: { type: 'card', token: 'tok_visa' },
  };
}
