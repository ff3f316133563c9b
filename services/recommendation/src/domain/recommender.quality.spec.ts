import { describe, expect, it } from '@jest/globals';
import { generator, type SyntheticMarket, syntheticMarket } from '../test/market.js';
import { aProductNumber, marketOf } from '../test/market.mother.js';
import { CoPurchaseRecommender } from './co-purchase.js';
import { PopularityRecommender } from './popularity.naive.js';
import type { Market, Recommender } from './recommender.js';

const PRODUCTS = 200;
const ORDERS = 20_000;
const QUERIES = 4_000;
const K = 10;

const seed = Number(process.env['SOUK_SEED'] ?? process.env['SEED'] ?? Date.now() % 2 ** 31);

/** Share of the other products of fresh orders that the first K answers to any one of them name. */
function recall(market: SyntheticMarket, answer: (item: number) => readonly number[]): number {
  const random = generator(QUERIES);
  const answers = Array.from({ length: PRODUCTS }, (_, item) => new Set(answer(item)));
  let [hits, wanted] = [0, 0];
  for (let query = 0; query < QUERIES; query++) {
    const basket = market.draw();
    const asked = basket[Math.floor(random() * basket.length)] ?? 0;
    for (const item of basket) {
      if (item === asked) continue;
      wanted++;
      if (answers[asked]?.has(item)) hits++;
    }
  }
  return hits / wanted;
}

const by = (recommender: Recommender, learned: Market) => (item: number) =>
  recommender
    .answer(learned, { productId: learned.assortment.product(item)?.productId, limit: K })
    .map(({ product }) => aProductNumber(product));

/** The same seed draws the same tastes, orders and questions. */
function measure(plan: number): Record<'optimum' | 'coPurchase' | 'popular', number> {
  const drawn = () => {
    const market = syntheticMarket({ products: PRODUCTS, partners: 8, seed: plan });
    const learned = marketOf(
      PRODUCTS,
      Array.from({ length: ORDERS }, () => market.draw()),
    );
    return { market, learned };
  };
  const one = (answers: (market: SyntheticMarket, learned: Market) => (item: number) => readonly number[]): number => {
    const { market, learned } = drawn();
    return recall(market, answers(market, learned));
  };
  return {
    optimum: one((market) => (item) => market.optimum(item, K)),
    coPurchase: one((_, learned) => by(new CoPurchaseRecommender(), learned)),
    popular: one((_, learned) => by(new PopularityRecommender(), learned)),
  };
}

const isGood = ({ optimum, coPurchase, popular }: ReturnType<typeof measure>): boolean =>
  coPurchase >= 0.9 * optimum && coPurchase >= 3 * popular;

describe(`recommendations on a market with planted pairs (seed ${seed})`, () => {
  const figures = measure(seed);

  it('find at least nine tenths of what can be found, and three times what popularity finds', () => {
    expect({ seed, ...figures, good: isGood(figures) }).toMatchObject({ good: true });
  });

  it('are not good enough in the variant recommendation-popular', () => {
    expect(figures.popular).toBeLessThan(0.9 * figures.optimum);
  });

  it('are asked for by the same orders when the seed is the same', () => {
    const orders = () => {
      const market = syntheticMarket({ products: PRODUCTS, partners: 8, seed });
      return Array.from({ length: 100 }, () => market.draw());
    };
    expect(orders()).toEqual(orders());
  });
});
