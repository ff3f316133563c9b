import { randomBytes, randomUUID } from 'node:crypto';
import { createSoukClient, type SoukClient } from '@souk/client';
import type { OrderAccepted, OrderHistory, Problem, Product, PublicOrder, StockLevel } from '@souk/contracts';
import { ApiClient, type ApiAnswer } from '../../../tools/cli/src/shop/api-client.ts';
import { shopContext, type ShopContext } from '../../../tools/cli/src/shop/context.ts';
import { tokensOf } from '../../../tools/cli/src/shop/token.ts';
import { waitFor } from '../../../tools/cli/src/shop/wait-for.ts';
import { DocumentedAnswers } from './documented-answers.ts';

export const ADDRESS = { name: 'Zoë Test', street: '2 Market Lane', city: 'Gent', postalCode: '9000', country: 'BE' };
export const CARD = { type: 'card', token: 'tok_visa' } as const;
export const DECLINED_CARD = { type: 'card', token: 'tok_declined' } as const;
const SETTLE_MS = 15_000;
const TIMEOUT_MS = 40_000;

export type Line = { sku: string; quantity: number };

export interface OrderWish {
  lines?: Line[];
  cartVersion?: number;
  total: number;
  card?: { type: 'card'; token: string };
  key?: string;
  /** W3C trace context of the caller; without one it is chance whether the order has a trace. */
  traceparent?: string;
}

/**
 * The running shop as a client sees it: through the gateway only, with tokens of the identity provider. Every answer is held
 * against the public API document; one that is not as documented fails the test that got it.
 */
export class Shop {
  readonly gatewayUrl: string;
  /** For requests that the typed client could not make. */
  readonly api: ApiClient;
  readonly answers = new DocumentedAnswers();
  /** Gives a token of the user with this name. */
  readonly token: ShopContext['token'];
  readonly #own: string[] = [];

  constructor(gatewayUrl: string, token: ShopContext['token']) {
    this.gatewayUrl = gatewayUrl;
    this.api = new ApiClient(gatewayUrl, 'default', this.answers.fetch);
    this.token = token;
  }

  /** The shop behind SOUK_GATEWAY_URL with the identity provider at SOUK_IDENTITY_URL, or the instance that SOUK_INSTANCE names. */
  static async open(): Promise<Shop> {
    const { SOUK_GATEWAY_URL, SOUK_IDENTITY_URL, SOUK_INSTANCE } = process.env;
    if (SOUK_GATEWAY_URL && SOUK_IDENTITY_URL)
      return new Shop(SOUK_GATEWAY_URL, tokensOf({ url: SOUK_IDENTITY_URL, instance: 'default' }));
    const { gatewayUrl, token } = shopContext(SOUK_INSTANCE ?? 'default');
    return new Shop(gatewayUrl, token);
  }

  /** The typed client, signed in or not. */
  as(token?: string, traceparent?: string): SoukClient {
    return createSoukClient({
      baseUrl: this.gatewayUrl,
      ...(token !== undefined && { token }),
      fetch: (input, init) => {
        const request = new Request(input, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
        if (traceparent !== undefined) request.headers.set('traceparent', traceparent);
        return this.answers.fetch(request);
      },
    });
  }

  /** The token of a customer that no other test knows. */
  newCustomer(): Promise<string> {
    return this.token(`e2e-${randomBytes(6).toString('hex')}`);
  }

  admin(): Promise<string> {
    return this.token('admin');
  }

  /** A product of the test's own that order knows and inventory has `stock` units of. Price in cents. */
  async newProduct(stock: number, price = 1_250): Promise<Product> {
    const token = await this.admin();
    const sku = `E2E-${randomBytes(6).toString('hex').toUpperCase()}`;
    const body = { sku, name: `Test ware ${sku}`, category: 'Test', price: { amount: price, currency: 'EUR' } };
    const { data: product } = await this.as(token).createProduct({ body, throwOnError: true });
    this.#own.push(product.productId);
    if (stock > 0) await this.receive(sku, stock);
    await this.untilOrderPrices(sku, price);
    return product;
  }

  /** Takes the test's products out of the shop window again: people browse this shop. */
  async tidyUp(): Promise<void> {
    const admin = this.as(await this.admin());
    for (const id of this.#own.splice(0)) await admin.retireProduct({ path: { id } });
  }

  async receive(sku: string, quantity: number, receiptId: string = randomUUID()): Promise<void> {
    const body = { receiptId, lines: [{ sku, quantity }] };
    await this.as(await this.admin()).receiveStock({ body, throwOnError: true });
  }

  /** Waits until the order service's own copy of the product has this price. */
  async untilOrderPrices(sku: string, price: number): Promise<void> {
    const customer = this.as(await this.newCustomer());
    const body = { version: 0, lines: [{ sku, quantity: 1 }] };
    await waitFor(
      `order knows ${sku}`,
      SETTLE_MS,
      async () => (await customer.replaceCart({ body })).data !== undefined,
    );
    await waitFor(`order prices ${sku} at ${price}`, SETTLE_MS, async () => {
      const { data: cart } = await customer.getCart({ throwOnError: true });
      return cart.total.amount === price;
    });
  }

  async place<T = OrderAccepted>(token: string, wish: OrderWish): Promise<ApiAnswer<T>> {
    const { lines, cartVersion, total, card = CARD, key = randomUUID(), traceparent } = wish;
    const { data, error, response } = await this.as(token, traceparent).placeOrder({
      headers: { 'Idempotency-Key': key },
      body: {
        ...(lines !== undefined && { lines }),
        ...(cartVersion !== undefined && { cartVersion }),
        expectedTotal: { amount: total, currency: 'EUR' },
        address: ADDRESS,
        paymentMethod: card,
      },
    });
    if (response === undefined) throw error;
    return { status: response.status, headers: response.headers, body: (data ?? error) as T };
  }

  /** Places an order that must be accepted and waits for its final state. */
  async placed(token: string, wish: OrderWish): Promise<PublicOrder> {
    const answer = await this.place(token, wish);
    if (answer.status !== 202) throw new Error(`not accepted: ${answer.status} ${JSON.stringify(answer.body)}`);
    return this.finalState(token, answer.body.orderId);
  }

  /** The order once it is confirmed, rejected or cancelled. */
  async finalState(token: string, orderId: string): Promise<PublicOrder> {
    return waitFor(`order ${orderId} is final`, SETTLE_MS, async () => {
      const order = await this.order(token, orderId, '10s');
      return ['confirmed', 'rejected', 'cancelled', 'refunded'].includes(order.status) ? order : false;
    });
  }

  async order(token: string, id: string, wait?: string): Promise<PublicOrder> {
    const query = wait === undefined ? {} : { wait };
    return (await this.as(token).getOrder({ path: { id }, query, throwOnError: true })).data;
  }

  async history(token: string, id: string): Promise<OrderHistory> {
    return (await this.as(token).getOrderHistory({ path: { id }, throwOnError: true })).data;
  }

  async stock(sku: string): Promise<StockLevel> {
    return (await this.as().getStock({ path: { sku }, throwOnError: true })).data;
  }

  /** Waits until the stock of a product is exactly this; the last reading is in the error. */
  async untilStock(expected: StockLevel): Promise<void> {
    await waitFor(`stock of ${expected.sku} is ${JSON.stringify(expected)}`, SETTLE_MS, async () => {
      const { available, reserved, committed } = await this.stock(expected.sku);
      return available === expected.available && reserved === expected.reserved && committed === expected.committed;
    });
  }

  /** A request that no JSON client would send. */
  async raw(path: string, init: RequestInit): Promise<{ status: number; type: string; problem: Problem }> {
    const response = await this.answers.fetch(new URL(path, this.gatewayUrl), init);
    const type = response.headers.get('content-type') ?? '';
    return { status: response.status, type, problem: (await response.json()) as Problem };
  }
}
