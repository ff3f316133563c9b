import { randomBytes, randomUUID } from 'node:crypto';
import type { Cart, OrderAccepted, OrderHistory, Problem, Product, PublicOrder, StockLevel } from '@souk/contracts';
import type { JWK } from 'jose';
import { ApiClient, type ApiAnswer } from '../../../tools/cli/src/shop/api-client.ts';
import { shopContext } from '../../../tools/cli/src/shop/context.ts';
import { devIssuerKey, signDevToken, type DevToken } from '../../../tools/cli/src/shop/token.ts';
import { waitFor } from '../../../tools/cli/src/shop/wait-for.ts';

export const ADDRESS = { name: 'Zoë Test', street: '2 Market Lane', city: 'Gent', postalCode: '9000', country: 'BE' };
export const CARD = { type: 'card', token: 'tok_visa' };
export const DECLINED_CARD = { type: 'card', token: 'tok_declined' };
const SETTLE_MS = 15_000;

export type Line = { sku: string; quantity: number };

export interface OrderWish {
  lines?: Line[];
  cartVersion?: number;
  total: number;
  card?: { type: string; token: string };
  key?: string;
}

/** The running shop as a client sees it: through the gateway only, with tokens of the development issuer. */
export class Shop {
  readonly gatewayUrl: string;
  readonly api: ApiClient;
  readonly #key: JWK;
  readonly #own: string[] = [];

  constructor(gatewayUrl: string, key: JWK) {
    this.gatewayUrl = gatewayUrl;
    this.api = new ApiClient(gatewayUrl);
    this.#key = key;
  }

  /** The shop behind SOUK_GATEWAY_URL with the keys in SOUK_SECRETS_DIR, or the instance that SOUK_INSTANCE names. */
  static async open(): Promise<Shop> {
    const { SOUK_GATEWAY_URL, SOUK_SECRETS_DIR, SOUK_INSTANCE } = process.env;
    if (SOUK_GATEWAY_URL && SOUK_SECRETS_DIR) return new Shop(SOUK_GATEWAY_URL, await devIssuerKey(SOUK_SECRETS_DIR));
    const { gatewayUrl, secretsDir } = shopContext(SOUK_INSTANCE ?? 'default');
    return new Shop(gatewayUrl, await devIssuerKey(secretsDir));
  }

  token(token: DevToken): Promise<string> {
    return signDevToken(this.#key, token);
  }

  /** The token of a customer that no other test knows. */
  newCustomer(): Promise<string> {
    return this.token({ user: `e2e-${randomBytes(6).toString('hex')}` });
  }

  admin(): Promise<string> {
    return this.token({ user: 'admin' });
  }

  /** A product of the test's own that order knows and inventory has `stock` units of. Price in cents. */
  async newProduct(stock: number, price = 1_250): Promise<Product> {
    const token = await this.admin();
    const sku = `E2E-${randomBytes(6).toString('hex').toUpperCase()}`;
    const body = { sku, name: `Test ware ${sku}`, category: 'Test', price: { amount: price, currency: 'EUR' } };
    const product = await this.api.expect<Product>([201], 'POST', '/api/admin/products', { token, body });
    this.#own.push(product.productId);
    if (stock > 0) await this.receive(sku, stock);
    await this.untilOrderPrices(sku, price);
    return product;
  }

  /** Takes the test's products out of the shop window again: people browse this shop. */
  async tidyUp(): Promise<void> {
    const token = await this.admin();
    for (const id of this.#own.splice(0)) await this.api.send('DELETE', `/api/admin/products/${id}`, { token });
  }

  async receive(sku: string, quantity: number, receiptId: string = randomUUID()): Promise<void> {
    const body = { receiptId, lines: [{ sku, quantity }] };
    const token = await this.admin();
    await this.api.expect([200, 201], 'POST', '/api/admin/stock/receipts', { token, body });
  }

  /** Waits until the order service's own copy of the product has this price. */
  async untilOrderPrices(sku: string, price: number): Promise<void> {
    const token = await this.newCustomer();
    const body = { version: 0, lines: [{ sku, quantity: 1 }] };
    const put = () => this.api.send<Cart>('PUT', '/api/cart', { token, body });
    await waitFor(`order knows ${sku}`, SETTLE_MS, async () => (await put()).status === 200);
    await waitFor(`order prices ${sku} at ${price}`, SETTLE_MS, async () => {
      const cart = await this.api.expect<Cart>([200], 'GET', '/api/cart', { token });
      return cart.total.amount === price;
    });
  }

  place<T = OrderAccepted>(token: string, wish: OrderWish): Promise<ApiAnswer<T>> {
    const { lines, cartVersion, total, card = CARD, key = randomUUID() } = wish;
    const body = {
      lines,
      cartVersion,
      expectedTotal: { amount: total, currency: 'EUR' },
      address: ADDRESS,
      paymentMethod: card,
    };
    return this.api.send<T>('POST', '/api/orders', { token, body, headers: { 'idempotency-key': key } });
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
      const order = await this.order(token, orderId, '?wait=10s');
      return ['confirmed', 'rejected', 'cancelled', 'refunded'].includes(order.status) ? order : false;
    });
  }

  order(token: string, orderId: string, query = ''): Promise<PublicOrder> {
    return this.api.expect<PublicOrder>([200], 'GET', `/api/orders/${orderId}${query}`, { token });
  }

  history(token: string, orderId: string): Promise<OrderHistory> {
    return this.api.expect<OrderHistory>([200], 'GET', `/api/orders/${orderId}/history`, { token });
  }

  stock(sku: string): Promise<StockLevel> {
    return this.api.expect<StockLevel>([200], 'GET', `/api/stock/${sku}`);
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
    const response = await fetch(new URL(path, this.gatewayUrl), init);
    const type = response.headers.get('content-type') ?? '';
    return { status: response.status, type, problem: (await response.json()) as Problem };
  }
}
