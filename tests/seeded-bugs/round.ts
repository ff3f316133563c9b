import { randomUUID } from 'node:crypto';
import type { Product, PublicOrder } from '@souk/contracts';
import { compareLedgers, type Comparison } from '../../tools/cli/src/shop/audit/checks.ts';
import { compareTopics } from '../../tools/cli/src/shop/audit/compare-topics.ts';
import { readLedgers } from '../../tools/cli/src/shop/audit/read-ledgers.ts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { checkHistory } from '../../tools/chaos/src/history/check-history.ts';
import { Customer } from '../../tools/chaos/src/history/customer.ts';
import type { Lab } from './lab.ts';
import { lateTerms, type Scope, scopeRecords, scopeTo } from '../../tools/chaos/src/run/scope.ts';

const ENDS_MS = 30_000;
const FINAL: readonly string[] = ['confirmed', 'rejected', 'refunded', 'shipped'];

export interface Wish {
  readonly key?: string;
  readonly card?: 'tok_visa' | 'tok_declined';
}

/** A customer with products of its own, everything that was told to it, and the checks of both. */
export class Round {
  readonly products: readonly Product[];
  readonly #lab: Lab;
  readonly #customer: Customer;
  readonly #scope: Scope;
  /** What was found while the fault lasted and cannot be seen afterwards. */
  #during: Comparison[] = [];

  private constructor(lab: Lab, products: readonly Product[], scope: Scope) {
    this.#lab = lab;
    this.#customer = new Customer(lab.api, lab.context.token);
    this.products = products;
    this.#scope = scope;
  }

  static async begin(lab: Lab, products: readonly Product[]): Promise<Round> {
    const before = await readLedgers(lab.context.urls);
    const { orders, reservations, payments } = before;
    const earlier = [orders, reservations, payments].flatMap((rows) => rows.map(({ orderId }) => orderId));
    const skus = products.map(({ sku }) => sku);
    const scope = { earlier: new Set(earlier), skus: new Set(skus), lateTerms: lateTerms(before) };
    return new Round(lab, products, scope);
  }

  /** One unit of the first product; resolves to the order id, undefined where the shop told none. */
  place({ key = randomUUID(), card = 'tok_visa' }: Wish = {}): Promise<string | undefined> {
    const lines = this.products.slice(0, 1).map((ware) => ({ ware, quantity: 1 }));
    return this.#customer.place({ key, lines, card });
  }

  /** So many orders at once; resolves to the ids of those that were accepted. */
  async placeMany(count: number, wish: (index: number) => Wish = () => ({})): Promise<string[]> {
    const placed = await Promise.all(Array.from({ length: count }, (_, index) => this.place(wish(index))));
    return placed.filter((orderId) => orderId !== undefined);
  }

  cancel(orderId: string): Promise<void> {
    return this.#customer.cancel(orderId);
  }

  read(orderId: string): Promise<PublicOrder | undefined> {
    return this.#customer.read(orderId);
  }

  /** Until each order is as wished, or final without a wish. @throws after 30 s */
  async all(orderIds: readonly string[], isSo = ({ status }: PublicOrder) => FINAL.includes(status)): Promise<void> {
    await Promise.all(
      orderIds.map((orderId) =>
        waitFor(`order ${orderId} is where it should be`, ENDS_MS, async () => {
          const order = await this.read(orderId);
          return order !== undefined && isSo(order);
        }),
      ),
    );
  }

  /** One look of the customer at each order, after all that has happened. */
  async readAll(): Promise<void> {
    await Promise.all([...this.#customer.accepted].map((orderId) => this.read(orderId)));
  }

  /** Takes what `id` finds now, in the midst of the fault, as found. */
  async observe(id: string): Promise<void> {
    const now = (await this.check()).filter((one) => one.id === id && one.differences.length > 0);
    this.#during = [...this.#during, ...now.map((one) => ({ ...one, what: `${one.what}, during the fault` }))];
  }

  /** Every invariant over what belongs to this round. */
  async check(): Promise<Comparison[]> {
    const facts = scopeTo(await readLedgers(this.#lab.context.urls), this.#scope);
    const topics = scopeRecords(await this.#lab.topics.look(facts), this.#scope);
    const told = checkHistory(this.#customer.history.edges, facts);
    return [...compareLedgers(facts), ...compareTopics(topics), ...told, ...this.#during];
  }

  /** The file of what the customer was told, for whoever looks into a failure. */
  get historyFile(): string {
    return this.#customer.history.file;
  }

  close(): void {
    this.#customer.history.close();
  }
}
