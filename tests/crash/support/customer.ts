import { randomUUID } from 'node:crypto';
import type { OrderAccepted, Problem, Product, ProductPage, PublicOrder } from '@souk/contracts';
import { ApiClient } from '../../../tools/cli/src/shop/api-client.ts';
import { shopContext, type ShopContext } from '../../../tools/cli/src/shop/context.ts';
import { History, type Attempt } from './history.ts';
import { INSTANCE } from './souk.ts';

/** Enough of everything: this test is not about being sold out. */
const UNITS = 1_000;
const USER = 'crash-test';
const FINAL = ['confirmed', 'rejected', 'cancelled', 'refunded'];
const ADDRESS = { name: 'Crash Test', street: '3 Market Lane', city: 'Gent', postalCode: '9000', country: 'BE' };

/** A customer who orders one unit of some product, again and again, and writes down what happened. */
export class Customer {
  readonly history = new History();
  readonly #api: ApiClient;
  readonly #tokenOf: ShopContext['token'];
  readonly #products: Product[];
  readonly #began = performance.now();

  constructor(api: ApiClient, tokenOf: ShopContext['token'], products: Product[]) {
    this.#api = api;
    this.#tokenOf = tokenOf;
    this.#products = products;
  }

  static async open(): Promise<Customer> {
    const { gatewayUrl, token } = shopContext(INSTANCE);
    const api = new ApiClient(gatewayUrl);
    const { items } = await api.expect<ProductPage>([200], 'GET', '/api/products?pageSize=100');
    const lines = items.map(({ sku }) => ({ sku, quantity: UNITS }));
    const delivery = { token: await token('admin'), body: { receiptId: 'crash-test', lines } };
    await api.expect([200, 201], 'POST', '/api/admin/stock/receipts', delivery);
    return new Customer(api, token, items);
  }

  order(index: number): Promise<Attempt> {
    return this.attempt(`crash-${index}-${randomUUID()}`, index);
  }

  /** Sends the order of a key; the same key always means the same body. */
  async attempt(key: string, index = Number(key.split('-')[1])): Promise<Attempt> {
    const product = this.#products[index % this.#products.length];
    if (product === undefined) throw new Error('the shop has no products');
    const body = {
      lines: [{ sku: product.sku, quantity: 1 }],
      expectedTotal: product.price,
      address: ADDRESS,
      paymentMethod: { type: 'card', token: 'tok_visa' },
    };
    const token = await this.#tokenOf(USER);
    const answer = await this.#api
      .send<Partial<Pick<OrderAccepted, 'orderId'> & Pick<Problem, 'code'>>>('POST', '/api/orders', {
        token,
        body,
        headers: { 'idempotency-key': key },
      })
      .catch(() => undefined);
    const atMs = Math.round(performance.now() - this.#began);
    if (answer === undefined) return this.history.record({ type: 'info', key, atMs });
    const { status, body: told } = answer;
    if (told.orderId !== undefined)
      return this.history.record({ type: 'ok', key, atMs, status, orderId: told.orderId });
    // A 5xx may have come after the order was stored, and 409 says that another attempt is under way.
    const type = status >= 500 || status === 409 ? 'info' : 'fail';
    return this.history.record({ type, key, atMs, status, ...(told.code === undefined ? {} : { code: told.code }) });
  }

  /** The status of an order once it is final; undefined while it is not, or while the shop cannot tell. */
  async finalStatus(orderId: string, wait = '5s'): Promise<string | undefined> {
    const path = `/api/orders/${orderId}?wait=${wait}`;
    const token = await this.#tokenOf(USER);
    const answer = await this.#api.send<PublicOrder>('GET', path, { token }).catch(() => undefined);
    return answer?.status === 200 && FINAL.includes(answer.body.status) ? answer.body.status : undefined;
  }

  async canBrowse(): Promise<boolean> {
    const answer = await this.#api.send('GET', '/api/products?pageSize=1').catch(() => undefined);
    return answer?.status === 200;
  }
}
