import { randomUUID } from 'node:crypto';
import type { ProductPage } from '@souk/contracts';
import { ApiClient } from '../../../tools/cli/src/shop/api-client.ts';
import { shopContext } from '../../../tools/cli/src/shop/context.ts';
import { Customer, type Ware } from '../../../tools/chaos/src/history/customer.ts';
import { operationsOf } from '../../../tools/chaos/src/history/operations.ts';
import { INSTANCE } from './souk.ts';

/** Enough of everything: this test is not about being sold out. */
const UNITS = 1_000;
const FINAL = ['confirmed', 'rejected', 'cancelled', 'refunded'];

/** A customer who orders one unit of some product, again and again. */
export class Regular {
  readonly customer: Customer;
  readonly #api: ApiClient;
  readonly #wares: readonly Ware[];

  private constructor(api: ApiClient, customer: Customer, wares: readonly Ware[]) {
    this.#api = api;
    this.customer = customer;
    this.#wares = wares;
  }

  static async open(): Promise<Regular> {
    const { gatewayUrl, token } = shopContext(INSTANCE);
    const api = new ApiClient(gatewayUrl);
    const { items } = await api.expect<ProductPage>([200], 'GET', '/api/products?pageSize=100');
    const lines = items.map(({ sku }) => ({ sku, quantity: UNITS }));
    const delivery = { token: await token('admin'), body: { receiptId: 'crash-test', lines } };
    await api.expect([200, 201], 'POST', '/api/admin/stock/receipts', delivery);
    return new Regular(api, new Customer(api, token), items);
  }

  order(index: number): Promise<string | undefined> {
    const ware = this.#wares[index % this.#wares.length];
    if (ware === undefined) throw new Error('the shop has no products');
    return this.customer.place({ key: `crash-${index}-${randomUUID()}`, lines: [{ ware, quantity: 1 }] });
  }

  /** Asks again with the same key and body. */
  async again(key: string): Promise<string | undefined> {
    const wish = this.customer.wishes.get(key);
    return wish && this.customer.place(wish);
  }

  /** The order ids that the shop has ever answered for a key; more than one is a broken promise. */
  orderIds(): Map<string, Set<string>> {
    const ids = new Map<string, Set<string>>();
    for (const { invoke, end } of operationsOf(this.customer.history.edges)) {
      const orderId = end?.value['orderId'];
      if (typeof orderId === 'string') ids.set(invoke.key, (ids.get(invoke.key) ?? new Set()).add(orderId));
    }
    return ids;
  }

  /** The status of an order once it is final; undefined while it is not, or while the shop cannot tell. */
  async finalStatus(orderId: string, wait = '5s'): Promise<string | undefined> {
    const order = await this.customer.read(orderId, wait);
    return order !== undefined && FINAL.includes(order.status) ? order.status : undefined;
  }

  async canBrowse(): Promise<boolean> {
    const answer = await this.#api.send('GET', '/api/products?pageSize=1').catch(() => undefined);
    return answer?.status === 200;
  }
}
