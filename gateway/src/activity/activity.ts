import { type Actor, type CartItemAdded, type ProductViewed, topics } from '@souk/contracts';
import type { OutgoingMessage } from '@souk/outbox';
import type { Visit } from '../gatekeeper/visit.js';
import type { Fact } from './fact.js';
import type { Visitors } from './visitor.js';

export interface ActivityOptions {
  readonly now: () => Date;
  readonly newId: () => string;
  /** Takes a message at once and never throws; undefined where nothing is published. */
  readonly publish: ((message: OutgoingMessage) => void) | undefined;
}

/** Turns what people do at the door into events on activity.v1. Callers of whom nothing is known leave no trace. */
export class Activity {
  readonly #visitors: Visitors;
  readonly #options: ActivityOptions;

  constructor(visitors: Visitors, options: ActivityOptions) {
    this.#visitors = visitors;
    this.#options = options;
  }

  /** A page that people look at: browsers get their visitor id with it. `fact`, if there is one, is what they saw. */
  page(visit: Visit, internalToken: string, fact?: Fact): void {
    if (this.#options.publish === undefined) return;
    const actor = this.#visitors.welcome(visit, internalToken);
    if (fact !== undefined) this.#record(visit, actor, fact);
  }

  note(visit: Visit, internalToken: string, fact: Fact): void {
    if (this.#options.publish !== undefined) this.#record(visit, this.#visitors.actorOf(visit, internalToken), fact);
  }

  #record({ request }: Visit, actor: Actor | undefined, fact: Fact): void {
    if (actor === undefined || isLookAhead(request)) return;
    const { now, newId, publish } = this.#options;
    const [activityId, time] = [newId(), now()];
    const { type, data } = eventOf(fact, { activityId, actor, at: time.toISOString() });
    publish?.({ topic: topics.activity, key: actor.id, type, data, id: activityId, time });
  }
}

type Envelope = Pick<ProductViewed, 'activityId' | 'actor' | 'at'>;

function eventOf(fact: Fact, envelope: Envelope): { type: string; data: ProductViewed | CartItemAdded } {
  if (fact.type === 'product-viewed')
    return { type: 'product.viewed.v1', data: { ...envelope, productId: fact.productId } };
  return { type: 'cart.item-added.v1', data: { ...envelope, sku: fact.sku, quantity: fact.quantity } };
}

/** HEAD and what a browser fetches on suspicion (prefetch, prerender) has nobody's eyes on it. */
const isLookAhead = ({ method, headers }: Visit['request']): boolean =>
  method === 'HEAD' || /prefetch|prerender/.test(`${String(headers['sec-purpose'])} ${String(headers['purpose'])}`);
