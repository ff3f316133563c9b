import { type Recommendation, type Recommendations, type RecommendationsQuery } from '@souk/contracts';
import { CodedError } from '@souk/http';
import { StoreUnavailable } from '@souk/mongo';
import type { Activity } from '../domain/activity.js';
import type { Recommender, Suggestion } from '../domain/recommender.js';
import { customerKey } from '../persistence/keys.js';
import type { ViewStore } from '../persistence/view-store.js';
import type { MarketFollower } from '../views/market-follower.js';

/** What answers were made of, since the start of the process. */
export interface AnswerCounts {
  /** Reason → suggestions given for it. */
  readonly items: Record<Recommendation['reason']['kind'], number>;
  /** Answers without anything to suggest. */
  empty: number;
  /** Answers for a customer whose activity could not be read. */
  withoutActivity: number;
}

type Followed = Pick<MarketFollower, 'market' | 'asOf' | 'epoch'>;

export class Recommend {
  readonly counts: AnswerCounts = {
    items: { 'bought-together': 0, popular: 0, 'recently-viewed': 0 },
    empty: 0,
    withoutActivity: 0,
  };
  readonly #follower: Followed;
  readonly #recommender: Recommender;
  readonly #views: Pick<ViewStore, 'activityOf'>;

  constructor(follower: Followed, recommender: Recommender, views: Pick<ViewStore, 'activityOf'>) {
    this.#follower = follower;
    this.#recommender = recommender;
    this.#views = views;
  }

  /** @throws CodedError 401 `authentication-required` when nobody asks for himself, 503 `service-unavailable` until the market is loaded */
  async handle({ customer, ...query }: RecommendationsQuery, user: string | undefined): Promise<Recommendations> {
    const asking = customer === undefined ? undefined : requireUser(user);
    const { market, asOf, epoch } = this.#follower;
    if (epoch === undefined) throw stillReading();
    const key = asking === undefined ? undefined : customerKey(asking, epoch);
    const self = key === undefined ? undefined : { key, activity: await this.#activityOf(key) };
    const suggestions = this.#recommender.answer(market, { ...query, customer: self });
    this.#count(suggestions);
    return { items: suggestions.map(toRecommendation), asOf: asOf.toISOString() };
  }

  /** Purchases are in memory, clicks are not: without the store the answer is poorer, and still one. */
  async #activityOf(key: number): Promise<readonly Activity[]> {
    try {
      return await this.#views.activityOf(key);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.counts.withoutActivity++;
      return [];
    }
  }

  #count(suggestions: readonly Suggestion[]): void {
    if (suggestions.length === 0) this.counts.empty++;
    for (const { reason } of suggestions) this.counts.items[reason.kind]++;
  }
}

function requireUser(user: string | undefined): string {
  if (user === undefined)
    throw new CodedError(
      'unauthenticated',
      'authentication-required',
      'Sign in first: only you can ask what is for you.',
    );
  return user;
}

const stillReading = (): CodedError =>
  new CodedError('unavailable', 'service-unavailable', 'The baskets are still being read.', { retryAfterSeconds: 1 });

const toRecommendation = ({ product, score, reason }: Suggestion): Recommendation => ({
  productId: product.productId,
  sku: product.sku,
  name: product.name,
  category: product.category,
  price: { ...product.price },
  score: Math.round(score * 1e6) / 1e6,
  reason,
});
