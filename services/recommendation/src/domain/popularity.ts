import { popular } from './explain.js';
import type { Market, Question, Suggestion } from './recommender.js';

type Candidate = { readonly number: number; readonly buyers: number };

/**
 * Fills `found` up to the limit with what most customers bought: first of `category`, then of all. Scores go on below the last
 * one found, in the order of the buyers.
 */
export function filledUp(
  market: Market,
  question: Question,
  found: readonly Suggestion[],
  { category, except }: { category: string | undefined; except: ReadonlySet<number> },
): Suggestion[] {
  const skip = new Set([...except, ...found.map(({ product }) => market.assortment.numberOf(product.sku))]);
  const near = category === undefined ? [] : mostBought(market, question, skip, category);
  near.forEach(({ number }) => skip.add(number));
  const anywhere = question.category === undefined ? mostBought(market, question, skip) : [];
  const floor = found.at(-1)?.score ?? 1;
  return [
    ...found,
    ...suggestions(market, near, { from: floor, to: floor / 2, category }),
    ...suggestions(market, anywhere, { from: floor / 2, to: 0 }),
  ].slice(0, question.limit);
}

function mostBought(
  { assortment, baskets }: Market,
  { limit }: Question,
  skip: ReadonlySet<number>,
  category?: string,
): Candidate[] {
  const best: Candidate[] = [];
  for (let number = 0; number < assortment.size; number++) {
    const buyers = baskets.buyersOf(number);
    // Nobody recommends what nobody bought: a shop without orders has no popular products.
    if (buyers === 0 || (best.length === limit && buyers <= (best.at(-1)?.buyers ?? 0)) || skip.has(number)) continue;
    const product = assortment.offer(number);
    if (product === undefined || (category !== undefined && product.category !== category)) continue;
    const place = best.findIndex((other) => other.buyers < buyers);
    best.splice(place < 0 ? best.length : place, 0, { number, buyers });
    best.length = Math.min(best.length, limit);
  }
  return best;
}

function suggestions(
  { assortment }: Market,
  candidates: readonly Candidate[],
  { from, to, category }: { from: number; to: number; category?: string | undefined },
): Suggestion[] {
  const most = (candidates[0]?.buyers ?? 0) + 1;
  return candidates.flatMap(({ number, buyers }) => {
    const product = assortment.offer(number);
    const score = to + ((from - to) * buyers) / most;
    return product === undefined ? [] : [{ product, score, reason: popular(buyers, category) }];
  });
}
