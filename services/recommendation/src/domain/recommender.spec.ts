import { describe, expect, it } from '@jest/globals';
import { aProduct, aProductNumber, marketOf } from '../test/market.mother.js';
import type { Activity } from './activity.js';
import { CoPurchaseRecommender } from './co-purchase.js';
import { PopularityRecommender } from './popularity.naive.js';
import type { Market, Question } from './recommender.js';

// Even numbers are in the kitchen, odd ones in the garden.
const [TEA, SPADE, POT, HOSE, CUP] = [0, 1, 2, 3, 4];
const ANN = 1_000_000;
const many = (count: number, ...items: number[]): number[][] => Array.from({ length: count }, () => items);
const idOf = (number: number): string => aProduct(number).productId;
const recommender = new CoPurchaseRecommender();
const ask = (market: Market, question: Partial<Question>) => recommender.answer(market, { limit: 10, ...question });
const numbers = (market: Market, question: Partial<Question>) =>
  ask(market, question).map(({ product }) => aProductNumber(product));
const viewed = (number: number, at = 1): Activity => ({ id: `v${number}-${at}`, kind: 'viewed', of: idOf(number), at });

/** Tea and pot belong together; everybody buys a spade. */
const market = () => marketOf(5, [...many(14, TEA, POT), ...many(2, TEA, SPADE), ...many(40, SPADE), ...many(1, HOSE)]);
const withAnn = (...items: number[]): Market => {
  const known = market();
  known.baskets.add({ id: ANN, customer: ANN, at: 1, items });
  return known;
};

describe('for a product', () => {
  it('comes first what was bought with it, with the number of orders in words', () => {
    const [first, second] = ask(market(), { productId: idOf(TEA) });
    expect(first).toMatchObject({
      product: aProduct(POT),
      reason: { kind: 'bought-together', count: 14, text: 'bought together 14 times' },
    });
    expect(second?.product).toEqual(aProduct(SPADE));
    expect(first?.score).toBeCloseTo(14 / (Math.sqrt(16 * 14) + 5));
  });

  it('comes then what is popular in its category, then anywhere, in falling scores', () => {
    const known = marketOf(5, [...many(1, TEA, POT), ...many(2, CUP), ...many(30, SPADE)]);
    const answer = ask(known, { productId: idOf(TEA) });
    expect(answer.map(({ product, reason }) => [aProductNumber(product), reason.text])).toEqual([
      [POT, 'bought together once'],
      [CUP, 'popular in Kitchen: 2 buyers'],
      [SPADE, 'popular: 30 buyers'],
    ]);
    const scores = answer.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  it('that nobody has heard of comes what is popular', () => {
    expect(ask(market(), { productId: 'f0000000-0000-7000-8000-000000000000', limit: 1 })).toMatchObject([
      { product: aProduct(SPADE), reason: { kind: 'popular', count: 42 } },
    ]);
  });

  it('never comes the product itself, nor anything twice', () => {
    const answer = numbers(market(), { productId: idOf(TEA) });
    expect(answer).toEqual([POT, SPADE, HOSE]);
  });

  it('a pair that was seen often outweighs one that was seen once and always', () => {
    const known = marketOf(5, [...many(1, TEA, CUP), ...many(30, TEA, POT), ...many(10, POT)]);
    expect(numbers(known, { productId: idOf(TEA), limit: 2 })).toEqual([POT, CUP]);
  });
});

describe('what cannot be bought', () => {
  it.each<[string, (known: Market) => void]>([
    ['a retired product', ({ assortment }) => assortment.put(aProduct(POT, { active: false }))],
    ['a sold out product', ({ assortment }) => assortment.setSoldOut(aProduct(POT).sku, true)],
  ])('is left out: %s, as a neighbour and as popular', (_, change) => {
    const known = market();
    change(known);
    expect(numbers(known, { productId: idOf(TEA) })).toEqual([SPADE, HOSE]);
    expect(numbers(known, {})).toEqual([SPADE, TEA, HOSE]);
  });

  it('comes back with its stock', () => {
    const known = market();
    known.assortment.setSoldOut(aProduct(POT).sku, true);
    known.assortment.setSoldOut(aProduct(POT).sku, false);
    expect(numbers(known, { productId: idOf(TEA), limit: 1 })).toEqual([POT]);
  });

  it('is left out when the catalog has not told of it yet', () => {
    const known = market();
    const unheard = known.assortment.numberOf('NEW-1');
    known.baskets.add({ id: 5_000, customer: 5_000, at: 1, items: [TEA, unheard] });
    expect(numbers(known, { productId: idOf(TEA) })).toEqual([POT, SPADE, HOSE]);
  });

  it('still leads to others', () => {
    const known = market();
    known.assortment.put(aProduct(TEA, { active: false }));
    expect(numbers(known, { productId: idOf(TEA), limit: 1 })).toEqual([POT]);
  });
});

describe('for a customer', () => {
  const answer = (known: Market, ...activity: Activity[]) => ask(known, { customer: { key: ANN, activity } });

  it('follow from what he bought, by name, and none of them comes again', () => {
    const [first, ...rest] = answer(withAnn(TEA));
    expect(first).toMatchObject({
      product: aProduct(POT),
      reason: { text: 'bought together 14 times with Product 0' },
    });
    expect(rest.map(({ product }) => aProductNumber(product))).toEqual([SPADE, HOSE]);
  });

  it('comes what he looked at, and why', () => {
    const looked = answer(market(), viewed(CUP, 1), viewed(CUP, 2), viewed(CUP, 3));
    expect(looked[0]).toMatchObject({
      product: aProduct(CUP),
      reason: { kind: 'recently-viewed', count: 3, text: 'you looked at it 3 times' },
    });
  });

  it('follow from what he put into the cart, unless it is no product', () => {
    const carted = (of: string): Activity => ({ id: of, kind: 'carted', of, at: 1 });
    const known = market();
    const size = known.assortment.size;
    expect(answer(known, carted(aProduct(TEA).sku), carted('NO-SUCH-SKU'))[0]?.product).toEqual(aProduct(POT));
    expect(known.assortment.size).toBe(size);
  });

  it('whom nobody knows comes what is popular', () => {
    expect(answer(market()).map(({ reason }) => reason.kind)).toEqual(['popular', 'popular', 'popular', 'popular']);
  });

  it('is not slower for a long history than for a short one: only the newest count', () => {
    const known = marketOf(
      200,
      Array.from({ length: 100 }, (_, n) => [n, 199 - n]),
    );
    for (let order = 0; order < 50; order++)
      known.baskets.add({ id: ANN + order, customer: ANN, at: order, items: [order, order + 50] });
    expect(answer(known).length).toBe(10);
  });
});

describe('what is popular', () => {
  it('counts buyers, not orders', () => {
    const known = marketOf(5, [...many(3, TEA), ...many(2, POT)]);
    for (let order = 0; order < 20; order++) known.baskets.add({ id: ANN + order, customer: ANN, at: 1, items: [POT] });
    expect(ask(known, {}).map(({ reason }) => reason.text)).toEqual(['popular: 3 buyers', 'popular: 3 buyers']);
    known.baskets.add({ id: 9_999, customer: 9_999, at: 1, items: [TEA] });
    expect(numbers(known, {})).toEqual([TEA, POT]);
  });

  it('is nothing where nobody has bought anything', () => expect(ask(marketOf(5, []), {})).toEqual([]));
});

describe('a category', () => {
  it('lets nothing else in', () => {
    expect(numbers(market(), { category: 'Garden' })).toEqual([SPADE, HOSE]);
    expect(numbers(market(), { productId: idOf(TEA), category: 'Garden' })).toEqual([SPADE, HOSE]);
    expect(ask(market(), { category: 'Garden' })[0]?.reason.text).toBe('popular in Garden: 42 buyers');
    expect(numbers(market(), { category: 'Nothing' })).toEqual([]);
  });
});

describe('the limit', () => {
  it.each([1, 2, 3])('of %s is kept', (limit) => {
    expect(ask(market(), { productId: idOf(TEA), limit })).toHaveLength(limit);
    expect(ask(market(), { limit })).toHaveLength(limit);
  });
});

describe('the variant recommendation-popular', () => {
  it('answers the same to whatever is asked about', () => {
    const popular = new PopularityRecommender();
    expect(popular.answer(market(), { productId: idOf(HOSE), limit: 2 })).toEqual(
      popular.answer(market(), { limit: 2 }),
    );
  });
});
