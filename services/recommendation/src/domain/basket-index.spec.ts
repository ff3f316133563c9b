import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Basket, BasketIndex } from './basket-index.js';

const seed = Number(process.env['SOUK_SEED'] ?? process.env['SEED'] ?? Date.now() % 2 ** 31);
const [TEA, POT, CUP] = [0, 1, 2];
const [ANN, BOB] = [7, 8];
const basket = (order: number, items: number[], change: Partial<Basket> = {}): Basket => ({
  id: order,
  customer: ANN,
  at: order,
  items,
  ...change,
});

/** All that the index says about products 0 to 9. */
const says = (index: BasketIndex) =>
  Array.from({ length: 10 }, (_, item) => ({
    orders: index.basketsOf(item),
    buyers: index.buyersOf(item),
    together: new Map([...index.togetherWith(item)].toSorted(([a], [b]) => a - b)),
  }));

/** The same, counted from scratch. */
const fold = (baskets: Basket[]) =>
  Array.from({ length: 10 }, (_, item) => {
    const holding = baskets.filter(({ items }) => items.includes(item));
    const partners = Array.from({ length: 10 }, (__, other) => other)
      .map((other) => [other, holding.filter(({ items }) => other !== item && items.includes(other)).length] as const)
      .filter(([, count]) => count > 0);
    return {
      orders: holding.length,
      buyers: new Set(holding.map(({ customer }) => customer)).size,
      together: new Map(partners),
    };
  });

describe('the basket index', () => {
  it('counts orders, distinct buyers and pairs', () => {
    const index = new BasketIndex();
    index.add(basket(1, [TEA, POT]));
    index.add(basket(2, [TEA, POT, CUP]));
    index.add(basket(3, [TEA], { customer: BOB }));
    expect([index.basketsOf(TEA), index.buyersOf(TEA), index.buyersOf(POT), index.size, index.pairs]).toEqual([
      3, 2, 1, 3, 3,
    ]);
    expect(index.togetherWith(TEA)).toEqual(
      new Map([
        [POT, 2],
        [CUP, 1],
      ]),
    );
  });

  it('MV-11: takes a basket once, and lets it go once', () => {
    const index = new BasketIndex();
    expect([index.add(basket(1, [TEA, POT])), index.add(basket(1, [TEA, POT]))]).toEqual([true, false]);
    expect(index.basketsOf(TEA)).toBe(1);
    expect([index.remove(1), index.remove(1), index.remove(99)]).toEqual([true, false, false]);
    expect([index.basketsOf(TEA), index.buyersOf(TEA), index.togetherWith(TEA).size]).toEqual([0, 0, 0]);
  });

  it('knows what a customer bought, the newest first and each product once', () => {
    const index = new BasketIndex();
    index.add(basket(2, [POT, TEA], { at: 20 }));
    index.add(basket(1, [CUP, TEA], { at: 30 }));
    expect(index.boughtBy(ANN)).toEqual([CUP, TEA, POT]);
    expect(index.boughtBy(BOB)).toEqual([]);
  });

  it('counts only the newest baskets of one customer, so that nobody makes a pair by himself', () => {
    const index = new BasketIndex({ baskets: 1_000, perCustomer: 5 });
    for (let order = 0; order < 100; order++) index.add(basket(order, [TEA, POT]));
    index.add(basket(200, [TEA, CUP], { customer: BOB }));
    expect(index.togetherWith(TEA)).toEqual(
      new Map([
        [POT, 5],
        [CUP, 1],
      ]),
    );
    expect(index.add(basket(50, [TEA, POT]))).toBe(true);
    expect(index.togetherWith(TEA).get(POT)).toBe(5);
    expect(index.remove(99)).toBe(true);
    // What it pushed out is not kept, so it does not come back before the next load.
    expect(index.togetherWith(TEA).get(POT)).toBe(4);
    expect(index.remove(50)).toBe(false);
  });

  it('forgets the oldest when there are too many, and needs no more room for it', () => {
    const index = new BasketIndex({ baskets: 100, perCustomer: 50 });
    for (let order = 0; order < 5_000; order++) index.add(basket(order, [order % 10], { customer: order }));
    expect(index.size).toBeLessThanOrEqual(110);
    expect([index.remove(4_999), index.remove(4_900), index.remove(0)]).toEqual([true, true, false]);
  });

  it('takes of a basket that is too long what an order can hold', () => {
    const index = new BasketIndex();
    index.add(
      basket(
        1,
        Array.from({ length: 5_000 }, (_, item) => item),
      ),
    );
    expect([index.pairs, index.basketsOf(49), index.basketsOf(50)]).toEqual([(50 * 49) / 2, 1, 0]);
  });

  it(`MV-3: says at any time what counting its baskets from scratch says (seed ${seed})`, () => {
    const made = fc.record({
      id: fc.nat(30),
      customer: fc.nat(4),
      items: fc.uniqueArray(fc.nat(9), { maxLength: 5 }),
      leave: fc.boolean(),
    });
    const check = (steps: { id: number; customer: number; items: number[]; leave: boolean }[]): void => {
      const index = new BasketIndex();
      const kept = new Map<number, Basket>();
      for (const { leave, ...rest } of steps) {
        if (leave) expect(index.remove(rest.id)).toBe(kept.delete(rest.id));
        else if (index.add({ ...rest, at: rest.id })) kept.set(rest.id, { ...rest, at: rest.id });
      }
      expect(says(index)).toEqual(fold([...kept.values()]));
      expect(index.size).toBe(kept.size);
    };
    fc.assert(fc.property(fc.array(made, { maxLength: 80 }), check), { seed, numRuns: 300 });
  });

  it('keeps its word over many orders that come and go', () => {
    const index = new BasketIndex();
    const kept: Basket[] = [];
    for (let order = 0; order < 6_000; order++) {
      const made = basket(
        order,
        [order % 10, (order * 7) % 10, (order * 3) % 10].filter((n, i, all) => all.indexOf(n) === i),
        {
          customer: order % 400,
        },
      );
      index.add(made);
      if (order % 3 === 0) index.remove(order);
      else kept.push(made);
    }
    expect(says(index)).toEqual(fold(kept));
  });
});
