import { describe, expect, it } from '@jest/globals';
import type { Customer, Wish } from '../history/customer.ts';
import type { Act, Plan } from './mixes.ts';
import { Visitors, wishOf } from './visitors.ts';

const wares = ['A', 'B', 'C', 'D'].map((sku) => ({
  productId: `id-${sku}`,
  sku,
  price: { amount: 5, currency: 'EUR' },
}));
const plan = (act: Act, given: Partial<Plan> = {}): Plan => ({ act, customer: 0, which: 0, many: 0, ...given });

/** A shop that notes what is asked of it. */
function shop({
  accepts = true,
  ships = true,
  gives = true,
}: { accepts?: boolean; ships?: boolean; gives?: boolean } = {}) {
  const log: string[] = [];
  const accepted: string[] = [];
  const customers = ['ann', 'bob'].map((user) => {
    const orders = new Set<string>();
    const note = (what: string) => async (orderId: string) => void log.push(`${user} ${what} ${orderId}`);
    const place = async ({ lines }: Wish) => {
      log.push(`${user} orders ${lines.map(({ ware }) => ware.sku).join('+')}`);
      if (!accepts) return undefined;
      orders.add(`o${orders.size}`);
      return `o${orders.size - 1}`;
    };
    return { user, accepted: orders, place, cancel: note('cancels'), return: note('returns'), read: note('reads') };
  });
  const visitors = new Visitors({
    customers: customers as unknown as Customer[],
    wares,
    door: {
      send: async (method, path, { token, body } = {}) => {
        log.push([token, method, path, body && JSON.stringify(body)].filter((part) => part !== undefined).join(' '));
        throw new Error('what comes of it is no matter');
      },
    },
    tokenOf: async (user) => {
      if (!gives) throw new Error('no identity provider');
      return `token-${user}`;
    },
    turnedAway: ({ act }) => log.push(`turned away: ${act}`),
    ship: async (orderId) => {
      log.push(`ship ${orderId}`);
      if (!ships) throw new Error('not yet');
    },
    now: () => log.length,
    accepted: (orderId, askedAt) => accepted.push(`${orderId} asked for at ${askedAt}`),
  });
  const visit = async (...plans: Plan[]): Promise<string[]> => {
    for (const one of plans) await visitors.visit(one);
    return log;
  };
  return { visit, accepted };
}

describe('a visitor', () => {
  it.each<[Act, string]>([
    ['list', 'GET /api/products?pageSize=20&page=3'],
    ['product', 'GET /api/products/id-C'],
    ['product-page', 'GET /api/pages/product/id-C'],
    ['home', 'GET /api/pages/home'],
    ['fill-cart', 'token-bob POST /api/cart/items {"sku":"C","quantity":1}'],
    ['look-into-cart', 'token-bob GET /api/cart'],
    ['empty-cart', 'token-bob DELETE /api/cart'],
    ['list-orders', 'token-bob GET /api/orders'],
    ['order', 'bob orders C'],
  ])('who comes for %s asks for it', async (act, asked) =>
    expect(await shop().visit(plan(act, { customer: 1, which: 0.5 }))).toEqual([asked]),
  );

  it('changes one of their own last orders', async () => {
    const orders = Array.from({ length: 10 }, () => plan('order'));
    const { visit, accepted } = shop();
    const log = await visit(
      ...orders,
      plan('cancel'),
      plan('look-at-order', { which: 0.99 }),
      plan('return', { which: 0.5 }),
    );
    expect(log.slice(10)).toEqual(['ann cancels o2', 'ann reads o9', 'ship o6', 'ann returns o6']);
    expect(accepted).toHaveLength(10);
    expect(accepted[3]).toBe('o3 asked for at 3');
  });

  it('sends back what was not shipped, too', async () => {
    const log = await shop({ ships: false }).visit(plan('order'), plan('return'));
    expect(log).toContain('ann returns o0');
  });

  it('looks at the list where they have ordered nothing yet', async () => {
    const { visit, accepted } = shop({ accepts: false });
    const log = await visit(plan('order'), plan('cancel'), plan('return'), plan('look-at-order'));
    expect(log.slice(1)).toEqual(Array.from({ length: 3 }, () => 'token-ann GET /api/orders'));
    expect(accepted).toEqual([]);
  });

  it('who gets no token is counted, and looks around without one', async () => {
    const { visit } = shop({ gives: false });
    const log = await visit(plan('order'), plan('fill-cart'), plan('cancel'), plan('home'));
    expect(log).toEqual(['turned away: order', 'turned away: fill-cart', 'turned away: cancel', 'GET /api/pages/home']);
  });
});

describe('an order', () => {
  const skus = (which: number, many: number) => wishOf(wares, { which, many }).lines.map(({ ware }) => ware.sku);

  it('is of one to three different products', () => {
    expect(skus(0, 0)).toEqual(['A']);
    expect(skus(0.99, 0.99)).toEqual(['D', 'A', 'B']);
    expect(skus(0.5, 0.6)).toEqual(['C', 'D']);
  });

  it('never names a product twice where there are few', () =>
    expect(wishOf(wares.slice(0, 1), { which: 0, many: 0.99 }).lines).toHaveLength(1));

  it('has a key of its own each time', () =>
    expect(wishOf(wares, { which: 0, many: 0 }).key).not.toBe(wishOf(wares, { which: 0, many: 0 }).key));
});
