import { randomUUID } from 'node:crypto';
import type { Product } from '@souk/contracts';
import type { Customer, Wish } from '../history/customer.ts';
import type { Door } from './door.ts';
import type { Act, Plan } from './mixes.ts';

/** What may be changed of an order is one of the last; the older ones have long been done with. */
const RECENT = 8;
const LIST_PAGES = 5;
const MOST_LINES = 3;
const ANONYMOUS: readonly Act[] = ['list', 'product', 'product-page', 'home'];

export type Ware = Pick<Product, 'productId' | 'sku' | 'price'>;

export interface VisitorsOptions {
  readonly door: Pick<Door, 'send'>;
  readonly customers: readonly Customer[];
  readonly wares: readonly Ware[];
  readonly tokenOf: (user: string) => Promise<string>;
  /** A visit that never got to the shop because nobody gave its visitor a token. */
  readonly turnedAway: (plan: Plan) => void;
  /** What only the staff may do, so that something can be sent back. Its failure is no matter. */
  readonly ship: (orderId: string) => Promise<unknown>;
  readonly now: () => number;
  readonly accepted: (orderId: string, askedAt: number) => void;
}

const pick = <T>(items: readonly T[], dice: number): T | undefined => items[Math.floor(dice * items.length)];

/** Makes visits of plans. What a visit finds depends on the shop, what it is does not. */
export class Visitors {
  readonly #options: VisitorsOptions;

  constructor(options: VisitorsOptions) {
    this.#options = options;
  }

  /** Never fails: what went wrong is among the answers. */
  async visit(plan: Plan): Promise<void> {
    const { customers, tokenOf, turnedAway } = this.#options;
    const user = customers[plan.customer]?.user;
    const isKnown =
      ANONYMOUS.includes(plan.act) || (user !== undefined && (await tokenOf(user).then(Boolean, () => false)));
    if (isKnown) await this.#act(plan).catch(() => undefined);
    else turnedAway(plan);
  }

  async #act(plan: Plan): Promise<unknown> {
    const { door, wares } = this.#options;
    const ware = pick(wares, plan.which);
    const customer = this.#options.customers[plan.customer];
    if (ware === undefined || customer === undefined) throw new Error('the load has no wares, or no customers');
    switch (plan.act) {
      case 'list':
        return door.send('GET', `/api/products?pageSize=20&page=${1 + Math.floor(plan.which * LIST_PAGES)}`);
      case 'product':
        return door.send('GET', `/api/products/${ware.productId}`);
      case 'product-page':
        return door.send('GET', `/api/pages/product/${ware.productId}`);
      case 'home':
        return door.send('GET', '/api/pages/home');
      case 'fill-cart':
        return this.#signedIn(customer, 'POST', '/api/cart/items', { sku: ware.sku, quantity: 1 });
      case 'look-into-cart':
        return this.#signedIn(customer, 'GET', '/api/cart');
      case 'empty-cart':
        return this.#signedIn(customer, 'DELETE', '/api/cart');
      case 'list-orders':
        return this.#signedIn(customer, 'GET', '/api/orders');
      case 'order':
        return this.#order(customer, wishOf(wares, plan));
      case 'cancel':
      case 'return':
      case 'look-at-order':
        return this.#withOrder(plan, customer);
    }
  }

  async #signedIn(customer: Customer, method: string, path: string, body?: object): Promise<unknown> {
    const { door, tokenOf } = this.#options;
    return door.send(method, path, { token: await tokenOf(customer.user), ...(body && { body }) });
  }

  async #order(customer: Customer, wish: Wish): Promise<void> {
    const { now, accepted } = this.#options;
    const askedAt = now();
    const orderId = await customer.place(wish);
    if (orderId !== undefined) accepted(orderId, askedAt);
  }

  /** Who has not ordered anything yet looks at the list of their orders. */
  async #withOrder({ act, which }: Plan, customer: Customer): Promise<unknown> {
    const orderId = pick([...customer.accepted].slice(-RECENT), which);
    if (orderId === undefined) return this.#signedIn(customer, 'GET', '/api/orders');
    if (act === 'cancel') return customer.cancel(orderId);
    if (act === 'look-at-order') return customer.read(orderId);
    await this.#options.ship(orderId).catch(() => undefined);
    return customer.return(orderId);
  }
}

/** An order of one to three different products, mostly of one. */
export function wishOf(wares: readonly Ware[], { which, many }: Pick<Plan, 'which' | 'many'>): Wish {
  const first = Math.floor(which * wares.length);
  const count = Math.min(wares.length, 1 + Math.floor(many ** 2 * MOST_LINES));
  const chosen = Array.from({ length: count }, (_, index) => wares[(first + index) % wares.length]);
  return {
    key: randomUUID(),
    lines: chosen.flatMap((ware) => (ware === undefined ? [] : [{ ware, quantity: 1 }])),
  };
}
