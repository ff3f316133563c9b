import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { told } from './edge.ts';
import { findings } from './support/check.ts';
import { BEHIND, type Door, openDoor } from './support/door.ts';
import { send, type Wish } from './support/send.ts';
import { bearer } from './support/tokens.ts';

const OPEN_MS = 240_000;
let shop: Door;
beforeAll(async () => {
  shop = await openDoor('shop');
}, OPEN_MS);
afterAll(() => shop?.close());

/** What the management port has, and what people leave behind. */
const HIDDEN = [
  '/metrics',
  '/livez',
  '/readyz',
  '/startupz',
  '/jwks.json',
  '/configz',
  '/failpoints',
  '/routes',
  '/.env',
  '/.git/config',
  '/package.json',
  '/main.js.map',
  '/debug/pprof',
  '/server-status',
];

describe('admin and debug', () => {
  it('GK-4 what is of the management port is at no other', async () => {
    const bases = [shop.url, ...BEHIND.map((name) => shop.services[name])];
    const cases = bases.flatMap((base) =>
      HIDDEN.flatMap((path) => [path, `/api${path}`].map((one) => ({ base, path: one }))),
    );
    const found = await findings(cases, async ({ base, path }) => {
      const { status } = await send(base, path);
      return status === 404 ? undefined : `${base}${path}: ${status}`;
    });
    expect(found).toEqual([]);
  });

  it.each(BEHIND)('GK-4 a refusal of %s shows nothing of its inside', async (name) => {
    const token = bearer(await shop.tokens.internal('alice', ['customer', 'admin']));
    const requests: readonly (readonly [string, Wish])[] = [
      ['/nothing', {}],
      ['/orders', {}],
      ['/products/x', { headers: token }],
      ['/orders/x', { headers: token }],
      ['/stock/!', { headers: token }],
      ['/recommendations?limit=x', { headers: token }],
      ['/admin/products', { method: 'POST', headers: { ...token, 'content-type': 'application/json' }, body: '{' }],
      ['/orders', { method: 'POST', headers: token, body: { a: 1 } }],
      ['/orders', { headers: bearer('a.b.c') }],
    ];
    const found = await findings(requests, async ([path, wish]) => {
      const { status, text } = await send(shop.services[name], path, wish);
      return status >= 500 ? `${path}: ${status}` : told(path, text);
    });
    expect(found).toEqual([]);
  });
});
