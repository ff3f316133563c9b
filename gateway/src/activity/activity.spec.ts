import { describe, expect, it } from '@jest/globals';
import { cartItemAdded, productViewed } from '@souk/contracts';
import type { OutgoingMessage } from '@souk/outbox';
import { UnsecuredJWT } from 'jose';
import type { Visit } from '../gatekeeper/visit.js';
import { Activity } from './activity.js';
import { factOf } from './fact.js';
import { Visitors } from './visitor.js';

const PRODUCT = '0193f5a2-7c41-7d3e-9a10-5b1f0c7de401';
const VISITOR = '7b1f6c1e-52a4-4f0d-9a77-0d1c3f5b8e21';
const tokenOf = (sub: string): string => new UnsecuredJWT({}).setSubject(sub).encode();
const [ALICE, NOBODY] = [tokenOf('alice'), tokenOf('anonymous')];
const browser = { 'sec-fetch-site': 'same-origin' };
const returning = { ...browser, cookie: `a=1; souk-visitor=${VISITOR}; b=2` };

function setUp({ isSecure = false, isOn = true } = {}) {
  const published: OutgoingMessage[] = [];
  const cookies: string[] = [];
  const visitors = new Visitors({ isSecure, newId: () => VISITOR });
  const activity = new Activity(visitors, {
    now: () => new Date('2026-03-02T10:00:00Z'),
    newId: () => PRODUCT,
    publish: isOn ? (message) => void published.push(message) : undefined,
  });
  const visit = (headers: Record<string, string>, method = 'GET'): Visit => ({
    request: { headers, method },
    reply: {
      header: (name: string, value: unknown) => name === 'set-cookie' && cookies.push(String(value)),
    } as unknown as Visit['reply'],
  });
  return { activity, published, cookies, visit };
}
const viewed = { type: 'product-viewed', productId: PRODUCT } as const;

describe('activity', () => {
  it('OFF-8 becomes an event of the signed-in customer', () => {
    const { activity, published, visit } = setUp();
    activity.page(visit(returning), ALICE, viewed);
    activity.note(visit({}, 'POST'), ALICE, { type: 'cart-item-added', sku: 'LAMP-1', quantity: 2 });
    expect(published.map(({ key, type, topic }) => [topic.name, key, type])).toEqual([
      ['activity.v1', 'alice', 'product.viewed.v1'],
      ['activity.v1', 'alice', 'cart.item-added.v1'],
    ]);
    expect(productViewed.parse(published[0]?.data)).toMatchObject({ actor: { type: 'customer', id: 'alice' } });
    expect(cartItemAdded.parse(published[1]?.data)).toMatchObject({ sku: 'LAMP-1', quantity: 2 });
  });

  it('is that of the visitor where nobody is signed in, who keeps the id', () => {
    const { activity, published, visit, cookies } = setUp();
    activity.page(visit(returning), NOBODY, viewed);
    expect(published[0]?.data).toMatchObject({ actor: { type: 'visitor', id: VISITOR } });
    expect(cookies).toEqual([]);
  });

  it('begins with the first page a browser gets, which brings its id', () => {
    const { activity, published, visit, cookies } = setUp();
    activity.page(visit(browser), NOBODY, viewed);
    expect(cookies).toEqual([`souk-visitor=${VISITOR}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax`]);
    expect(published).toHaveLength(1);
    activity.page(visit({ accept: 'text/html,*/*' }), NOBODY);
    expect(cookies).toHaveLength(2);
  });

  it('asks for TLS where the shop has it', () => {
    const { activity, visit, cookies } = setUp({ isSecure: true });
    activity.page(visit(browser), NOBODY);
    expect(cookies[0]).toMatch(/; Secure$/);
  });

  it.each<[string, Record<string, string>, string]>([
    ['a customer', browser, ALICE],
    ['a program', { accept: 'application/json' }, NOBODY],
    ['a browser that asks not to be followed', { ...browser, 'sec-gpc': '1' }, NOBODY],
    ['a browser that says do not track', { ...browser, dnt: '1' }, NOBODY],
  ])('gives no id to %s', (_who, headers, token) => {
    const { activity, visit, cookies } = setUp();
    activity.page(visit(headers), token, viewed);
    expect(cookies).toEqual([]);
  });

  it.each<[string, Record<string, string>, string]>([
    ['nobody that could be told from others', {}, 'GET'],
    ['a visitor who asks not to be followed', { ...returning, 'sec-gpc': '1' }, 'GET'],
    ['a cookie that is no id', { cookie: 'souk-visitor=short' }, 'GET'],
    ['a cookie whose name only ends like ours', { cookie: `x-souk-visitor=${VISITOR}` }, 'GET'],
    ['a prefetch', { ...returning, 'sec-purpose': 'prefetch;prerender' }, 'GET'],
    ['an old prefetch', { ...returning, purpose: 'prefetch' }, 'GET'],
    ['HEAD', returning, 'HEAD'],
  ])('has nothing to tell of %s', (_what, headers, method) => {
    const { activity, published, visit } = setUp();
    activity.note(visit(headers, method), NOBODY, viewed);
    expect(published).toEqual([]);
  });

  it('makes no cookie where nothing is published', () => {
    const { activity, visit, cookies } = setUp({ isOn: false });
    activity.page(visit(browser), NOBODY, viewed);
    expect(cookies).toEqual([]);
  });
});

describe('what a request says', () => {
  const bytes = (text: string) => Buffer.from(text);

  it('is the product that was looked at, if its id is one', () => {
    expect(factOf('product-viewed', `/products/${PRODUCT}?x=1`, undefined)).toEqual(viewed);
    expect(factOf('product-viewed', '/products/7', undefined)).toBeUndefined();
  });

  it('is what went into the cart, if the body says so', () => {
    const item = { sku: 'LAMP-1', quantity: 3 };
    expect(factOf('cart-item-added', '/cart/items', bytes(JSON.stringify(item)))).toEqual({
      type: 'cart-item-added',
      ...item,
    });
    expect(factOf('cart-item-added', '/cart/items', bytes('{"sku":'))).toBeUndefined();
    expect(factOf('cart-item-added', '/cart/items', undefined)).toBeUndefined();
  });
});
