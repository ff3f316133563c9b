import { randomUUID } from 'node:crypto';
import type { OrderAccepted, OrderHistory, Product, PublicOrder } from '@souk/contracts';
import type { ApiClient } from '../tools/cli/src/shop/api-client.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { seedProducts } from '../tools/cli/src/shop/seed-products.ts';
import { partnerApi } from './partner.ts';

const HISTORIES_AT_ONCE = 8;
const ADDRESS = { name: 'Bench', street: '1 Market Lane', city: 'Utrecht', postalCode: '3511 AB', country: 'NL' };

export interface Outcome {
  orderId?: string;
  /** Why there is no order: the status and code of the answer, or that there was none. */
  refusal?: string;
  /** Milliseconds from sending POST /orders to its answer. */
  answeredMs: number;
}

/** The shop as the benchmarks use it: through the gateway, as one customer with many orders. */
export class BenchClient {
  readonly #api: ApiClient;
  readonly #tokenOf: ShopContext['token'];
  readonly #products: Product[];

  constructor(api: ApiClient, tokenOf: ShopContext['token'], products: Product[]) {
    this.#api = api;
    this.#tokenOf = tokenOf;
    this.#products = products;
  }

  static async open(ctx: ShopContext): Promise<BenchClient> {
    const api = partnerApi(ctx);
    const products: Product[] = [];
    for (const { productId } of await seedProducts()) {
      products.push(await api.expect<Product>([200], 'GET', `/api/products/${productId}`));
    }
    return new BenchClient(api, ctx.token, products);
  }

  /** Receives as many units as the run will order, so that it neither sells the shop out nor depends on what is left. */
  async stockUp(orders: number): Promise<void> {
    const quantity = Math.ceil(orders / this.#products.length) + 1;
    const body = { receiptId: `bench-${randomUUID()}`, lines: this.#products.map(({ sku }) => ({ sku, quantity })) };
    const token = await this.#tokenOf('admin');
    await this.#api.expect([200, 201], 'POST', '/api/admin/stock/receipts', { token, body });
  }

  /** One order of one unit; products are taken in turn so that no sku is hot. */
  async place(index: number, more: Record<string, string> = {}): Promise<Outcome> {
    const product = this.#products[index % this.#products.length];
    if (product === undefined) throw new Error('the seed lists no products');
    const body = {
      lines: [{ sku: product.sku, quantity: 1 }],
      expectedTotal: product.price,
      address: ADDRESS,
      paymentMethod: { type: 'card', token: 'tok_visa' },
    };
    const headers = { 'idempotency-key': randomUUID(), ...more };
    // Renewed when it ends: a run may be longer than a token lives.
    const token = await this.#tokenOf('bench');
    const sent = performance.now();
    const answer = await this.#api
      .send<OrderAccepted>('POST', '/api/orders', { token, body, headers })
      .catch(() => undefined);
    const answeredMs = performance.now() - sent;
    if (answer?.status === 202) return { orderId: answer.body.orderId, answeredMs };
    return {
      refusal: answer === undefined ? 'no answer' : `${answer.status} ${JSON.stringify(answer.body)}`,
      answeredMs,
    };
  }

  async order(orderId: string, query: string): Promise<PublicOrder> {
    const token = await this.#tokenOf('bench');
    return this.#api.expect<PublicOrder>([200], 'GET', `/api/orders/${orderId}${query}`, { token });
  }

  /** Milliseconds from placed to confirmed of those orders that got there. */
  async confirmedTimes(orderIds: string[]): Promise<number[]> {
    const queue = [...orderIds];
    const times: number[] = [];
    const worker = async () => {
      for (let orderId = queue.pop(); orderId !== undefined; orderId = queue.pop()) {
        const path = `/api/orders/${orderId}/history`;
        const token = await this.#tokenOf('bench');
        const { events } = await this.#api.expect<OrderHistory>([200], 'GET', path, { token });
        const confirmed = events.find(({ type }) => type.includes('confirmed'));
        if (confirmed !== undefined) times.push(confirmed.elapsedMs);
      }
    };
    await Promise.all(Array.from({ length: HISTORIES_AT_ONCE }, worker));
    return times;
  }
}
