import { boughtTogether, recentlyViewed, type Reason } from './explain.js';
import { filledUp } from './popularity.js';
import { type Market, type Question, Recommender, type Suggestion } from './recommender.js';
import { Scores } from './scores.js';
import { similarity } from './similarity.js';

/** An item whose neighbours are suggested, and how much it counts. */
interface SeedItem {
  readonly number: number;
  readonly weight: number;
}

/** What a customer bought or put into the cart says more about him than what he looked at. */
const WEIGHTS = { bought: 1, carted: 1, viewed: 0.5 } as const;
/** The newest seeds of a customer that count, so that a long history costs no more than this. */
const MAX_SEEDS = 40;
/** What looking at a product again and again is worth at most, on the scale of similarities; half of it after two views. */
const VIEW_SCORE = 0.2;
const HALF_VIEWS = 2;

/**
 * Item-to-item: each seed (the product asked about; what the customer bought, put into the cart or viewed) adds to the scores of its neighbours
 * its weight times their similarity, and a customer's views add to what he viewed. What is then missing is filled up with
 * what is popular in the category, then anywhere.
 */
export class CoPurchaseRecommender extends Recommender {
  /** Used again for every answer, which is computed in one go. */
  readonly #scores = new Scores();

  answer(market: Market, question: Question): Suggestion[] {
    const { assortment, baskets } = market;
    const asked = question.productId === undefined ? undefined : assortment.numberOfProduct(question.productId);
    const bought = question.customer === undefined ? [] : baskets.boughtBy(question.customer.key);
    const views = viewsIn(market, question);
    const seeds = asked === undefined ? seedsOf(market, question, bought, views) : [{ number: asked, weight: 1 }];
    this.#scores.reset(assortment.size);
    for (const seed of seeds) addNeighbours(market, seed, this.#scores);
    for (const [number, count] of views) this.#scores.add(number, (VIEW_SCORE * count) / (count + HALF_VIEWS), number);
    const except = new Set(asked === undefined ? bought : [asked]);
    const found = this.#best(market, question, except, (number) =>
      reasonOf(market, number, this.#scores, views, asked),
    );
    const category = question.category ?? (asked === undefined ? undefined : assortment.product(asked)?.category);
    return found.length < question.limit ? filledUp(market, question, found, { category, except }) : found;
  }

  #best(
    { assortment }: Market,
    { category, limit }: Question,
    except: ReadonlySet<number>,
    reason: (number: number) => Reason,
  ): Suggestion[] {
    const wanted = (number: number): boolean => {
      const product = except.has(number) ? undefined : assortment.offer(number);
      return product !== undefined && (category === undefined || product.category === category);
    };
    return this.#scores.best(limit, wanted).flatMap((number) => {
      const product = assortment.offer(number);
      return product === undefined ? [] : [{ product, score: this.#scores.of(number), reason: reason(number) }];
    });
  }
}

/** A customer's products, surest and newest first, each once. */
function seedsOf(
  { assortment }: Market,
  { customer }: Question,
  bought: readonly number[],
  views: ReadonlyMap<number, number>,
): SeedItem[] {
  const carted = (customer?.activity ?? []).flatMap(({ kind, of }) => {
    const number = kind === 'carted' ? assortment.find(of) : undefined;
    return number === undefined ? [] : [number];
  });
  const seeds = new Map<number, number>();
  const take = (numbers: Iterable<number>, weight: number): void => {
    for (const number of numbers) if (!seeds.has(number)) seeds.set(number, weight);
  };
  take(carted, WEIGHTS.carted);
  take(bought.slice(0, MAX_SEEDS / 2), WEIGHTS.bought);
  take(views.keys(), WEIGHTS.viewed);
  return [...seeds].slice(0, MAX_SEEDS).map(([number, weight]) => ({ number, weight }));
}

/** Product → how often the customer looked at it lately, the one seen last first. */
function viewsIn({ assortment }: Market, { customer }: Question): Map<number, number> {
  const views = new Map<number, number>();
  for (const { kind, of } of customer?.activity ?? []) {
    const number = kind === 'viewed' ? assortment.numberOfProduct(of) : undefined;
    if (number !== undefined) views.set(number, (views.get(number) ?? 0) + 1);
  }
  return views;
}

function addNeighbours({ baskets }: Market, { number: seed, weight }: SeedItem, scores: Scores): void {
  const orders = baskets.basketsOf(seed);
  for (const [number, together] of baskets.togetherWith(seed)) {
    scores.add(number, weight * similarity(together, orders, baskets.basketsOf(number)), seed);
  }
}

/** By the top contributor: the product itself stands for the views of it. */
function reasonOf(
  { assortment, baskets }: Market,
  number: number,
  scores: Scores,
  views: ReadonlyMap<number, number>,
  asked: number | undefined,
): Reason {
  const contributor = scores.topContributor(number);
  if (contributor === number) return recentlyViewed(views.get(number) ?? 0);
  const together = baskets.togetherWith(contributor).get(number) ?? 0;
  return boughtTogether(together, asked === undefined ? assortment.product(contributor)?.name : undefined);
}
