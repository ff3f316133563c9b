import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProductPage } from '@souk/contracts';
import { compareLedgers, type Comparison } from '../../../tools/cli/src/shop/audit/checks.ts';
import { compareTopics } from '../../../tools/cli/src/shop/audit/compare-topics.ts';
import { readLedgers } from '../../../tools/cli/src/shop/audit/read-ledgers.ts';
import { leftAtRest, looksUntilSettled } from '../../../tools/cli/src/shop/audit/settled.ts';
import { waitFor } from '../../../tools/cli/src/shop/wait-for.ts';
import { checkHistory } from '../../../tools/chaos/src/history/check-history.ts';
import { Customer, type Ware } from '../../../tools/chaos/src/history/customer.ts';
import { type Staff, Workload } from '../../../tools/chaos/src/history/workload.ts';
import type { Lab } from '../../seeded-bugs/lab.ts';
import type { Services } from '../support/services.ts';

const UNITS = 500;
const WARES = 12;
/** Every accepted order has ended by then, and all books agree. */
const HEALS_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 1_000;
const READ_AT_THE_END = 25;

/** How the shop was after a part of the run. */
export interface Verdict {
  readonly orders: number;
  readonly openKeys: readonly string[];
  /** From the end of the faults until everything agreed. */
  readonly settledMs: number;
  readonly violations: readonly Comparison[];
}

/** A customer and a staff that keep the shop busy, and all that is promised to them. */
export class ShopUnderLoad {
  readonly customer: Customer;
  /** Keys of messages that were thrown away on purpose: nobody has taken them in. */
  readonly discarded = new Set<string>();
  readonly #lab: Lab;
  readonly #services: Services;
  readonly #wares: readonly Ware[];
  readonly #productIds: readonly string[];

  private constructor(lab: Lab, services: Services, page: ProductPage) {
    this.#lab = lab;
    this.#services = services;
    this.#wares = page.items.map(({ sku, price }) => ({ sku, price }));
    this.#productIds = page.items.map(({ productId }) => productId);
    this.customer = new Customer(lab.api, lab.context.token);
  }

  static async open(lab: Lab, services: Services): Promise<ShopUnderLoad> {
    const page = await lab.api.expect<ProductPage>([200], 'GET', `/api/products?sort=price&pageSize=${WARES}`);
    return new ShopUnderLoad(lab, services, page);
  }

  /** Keeps the shop busy while `work` goes on. */
  async during<T>(work: () => Promise<T>, random: () => number, perSecond: number): Promise<T> {
    // Each time: after a few thousand orders the first ware would be sold out, and no order of it confirmed.
    await this.#receive(this.#wares, UNITS);
    const stop = new AbortController();
    const { customer } = this;
    const load = new Workload({ customer, staff: this.#staff(), wares: this.#wares, random, perSecond }).run(
      stop.signal,
    );
    try {
      return await work();
    } finally {
      stop.abort();
      await load;
    }
  }

  /** Until an order that is placed from now on is confirmed. */
  async confirmsAnOrder(withinMs: number): Promise<void> {
    const [ware] = this.#wares;
    if (ware === undefined) throw new Error('the shop has no wares');
    await waitFor('an order is confirmed', withinMs, async () => {
      const orderId = await this.customer.place({ key: randomUUID(), lines: [{ ware, quantity: 1 }] });
      return orderId !== undefined && (await this.customer.read(orderId, '5s'))?.status === 'confirmed';
    });
  }

  /** Waits until the shop is well, asks again for everything that is not known, and compares all books with all promises. */
  async verdict(): Promise<Verdict> {
    await this.#services.allReady();
    const healed = performance.now();
    await this.#askAgain();
    const isLeft = (): boolean => performance.now() - healed < HEALS_WITHIN_MS;
    const looks = await looksUntilSettled(
      () => this.#check(),
      async () => isLeft() && (await sleep(LOOK_EVERY_MS, true)),
    );
    const violations = leftAtRest(looks);
    const settledMs = Math.round(performance.now() - healed);
    await this.#readSome();
    const { customer } = this;
    const differing = [...violations, ...(await this.#check())].filter(({ differences }) => differences.length > 0);
    return { orders: customer.accepted.size, openKeys: customer.openKeys(), settledMs, violations: differing };
  }

  /** The same key again, until it is answered. */
  async #askAgain(): Promise<void> {
    for (const key of this.customer.openKeys()) {
      const wish = this.customer.wishes.get(key);
      if (wish !== undefined)
        await waitFor(`${key} is answered`, HEALS_WITHIN_MS, async () => {
          await this.customer.place(wish);
          return !this.customer.openKeys().includes(key);
        });
    }
  }

  async #readSome(): Promise<void> {
    for (const orderId of [...this.customer.accepted].slice(-READ_AT_THE_END)) await this.customer.read(orderId);
  }

  async #check(): Promise<Comparison[]> {
    const facts = await readLedgers(this.#lab.context.urls);
    const told = checkHistory(this.customer.history.edges, facts);
    // A broker that has just come back says for a moment that it leads nothing.
    const topics = await waitFor('the topics can be read', HEALS_WITHIN_MS, () => this.#lab.topics.look(facts));
    const sent = compareTopics(topics).map((comparison) => this.#meant(comparison));
    return [...compareLedgers(facts), ...sent, ...told];
  }

  #meant(comparison: Comparison): Comparison {
    const isMeant = (difference: string): boolean => [...this.discarded].some((key) => difference.includes(key));
    return { ...comparison, differences: comparison.differences.filter((difference) => !isMeant(difference)) };
  }

  #staff(): Staff {
    return {
      ship: (orderId) => this.#admin('POST', `/api/admin/orders/${orderId}/ship`),
      changeProduct: (index) => this.#describe(index),
      receive: (ware, quantity) => this.#receive([ware], quantity),
    };
  }

  async #describe(index: number): Promise<void> {
    const productId = this.#productIds[index % this.#productIds.length];
    const body = { name: `Ware number ${index}`, description: `changed ${randomUUID()}`, category: 'Test' };
    await this.#admin('PUT', `/api/admin/products/${productId}`, body);
  }

  async #receive(wares: readonly Ware[], quantity: number): Promise<void> {
    const lines = wares.map(({ sku }) => ({ sku, quantity }));
    await this.#admin('POST', '/api/admin/stock/receipts', { receiptId: randomUUID(), lines });
  }

  async #admin(method: string, path: string, body?: object): Promise<void> {
    const token = await this.#lab.context.token('admin');
    await this.#lab.api.expect([200, 201, 202], method, path, { token, ...(body && { body }) });
  }
}
