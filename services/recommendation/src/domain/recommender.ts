import type { Activity } from './activity.js';
import type { BasketIndex } from './basket-index.js';
import type { Reason } from './explain.js';
import type { Assortment, AssortmentProduct } from './assortment.js';

/** For a product, for a customer, or for everybody. */
export interface Question {
  readonly productId?: string | undefined;
  readonly customer?: { readonly key: number; readonly activity: readonly Activity[] } | undefined;
  /** Nothing of another category is suggested. */
  readonly category?: string | undefined;
  readonly limit: number;
}

export interface Suggestion {
  readonly product: AssortmentProduct;
  /** Higher is better, within one answer. */
  readonly score: number;
  readonly reason: Reason;
}

/** What is known of the market, held in memory. */
export interface Market {
  readonly assortment: Assortment;
  readonly baskets: BasketIndex;
}

/** Best first, nothing twice, nothing that cannot be bought, at most `limit`. */
export abstract class Recommender {
  abstract answer(market: Market, question: Question): Suggestion[];
}
