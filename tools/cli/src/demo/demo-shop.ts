import { randomBytes, randomUUID } from 'node:crypto';
import type { Cart, OrderAccepted, OrderHistory, Product, ProductPage, PublicOrder, StockLevel } from '@souk/contracts';
import { CliError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { ApiClient } from '../shop/api-client.ts';
import type { ShopContext } from '../shop/context.ts';
import { isFinal } from '../shop/order-outcome.ts';
import { timelineOf } from '../shop/place-order.ts';
import type { TimelineStep } from '../shop/place-order.ts';
import { waitFor } from '../shop/wait-for.ts';
import { soukCommand } from '../souk-command.ts';

const ADDRESS = { name: 'Dana Demo', street: '1 Market Lane', city: 'Utrecht', postalCode: '3511 AB', country: 'NL' };
const FINAL_WITHIN_MS = 30_000;

export interface OrderWish {
  readonly product: Product;
  readonly quantity: number;
  readonly card?: string;
  readonly user?: string;
  readonly key?: string;
  /** Further products, one of each. */
  readonly with?: readonly Product[];
}

/** The shop as the tour uses it: by its public API, as customers that no other tour knows. */
export class DemoShop {
  readonly context: ShopContext;
  readonly instance: Instance;
  readonly api: ApiClient;
  /** The customer of the tour. */
  readonly user: string = `demo-${randomBytes(3).toString('hex')}`;

  constructor(context: ShopContext, instance: Instance) {
    this.context = context;
    this.instance = instance;
    this.api = new ApiClient(context.gatewayUrl, context.instance);
  }

  token(user = this.user): Promise<string> {
    return this.context.token(user);
  }

  async get<T>(path: string, user: string | undefined = this.user): Promise<T> {
    return this.api.expect<T>([200], 'GET', path, { token: await this.token(user) });
  }

  /** Two products of a category that are in stock. */
  async pair(category: string): Promise<[Product, Product]> {
    const query = new URLSearchParams({ category, sort: 'price', pageSize: '50' });
    const { items } = await this.api.expect<ProductPage>([200], 'GET', `/api/products?${query}`);
    const found: Product[] = [];
    for (const product of items) {
      if ((await this.available(product.sku)) >= 20) found.push(product);
      const [first, second] = found;
      if (first !== undefined && second !== undefined) return [first, second];
    }
    const why = 'the shop is not seeded, or sold out';
    throw new CliError(`no two products of ${category} are in stock`, why, soukCommand(this.instance.name, 'up'));
  }

  async available(sku: string): Promise<number> {
    return (await this.api.expect<StockLevel>([200], 'GET', `/api/stock/${sku}`)).available;
  }

  /** Fills the customer's cart and answers it, priced. */
  async addToCart(product: Product, quantity: number): Promise<Cart> {
    const token = await this.token();
    const body = { sku: product.sku, quantity };
    await this.api.expect([200, 201], 'POST', '/api/cart/items', { token, body });
    return this.api.expect<Cart>([200], 'GET', '/api/cart', { token });
  }

  /** Accepted, not yet final. */
  async place({ product, quantity, card = 'tok_visa', user, key, with: more = [] }: OrderWish): Promise<OrderAccepted> {
    const { amount, currency } = product.price;
    const total = amount * quantity + more.reduce((sum, one) => sum + one.price.amount, 0);
    const body = {
      lines: [{ sku: product.sku, quantity }, ...more.map(({ sku }) => ({ sku, quantity: 1 }))],
      expectedTotal: { amount: total, currency },
      address: ADDRESS,
      paymentMethod: { type: 'card', token: card },
    };
    const headers = { 'idempotency-key': key ?? randomUUID() };
    return this.api.expect<OrderAccepted>([202], 'POST', '/api/orders', {
      token: await this.token(user),
      body,
      headers,
    });
  }

  /** The order in one of these states, or in any final one. */
  until(orderId: string, states?: readonly string[], user?: string): Promise<PublicOrder> {
    return waitFor(`order ${orderId} is ${states?.join(' or ') ?? 'final'}`, FINAL_WITHIN_MS, async () => {
      const order = await this.get<PublicOrder>(`/api/orders/${orderId}?wait=2s`, user);
      return (states?.includes(order.status) ?? isFinal(order.status)) ? order : false;
    });
  }

  /** As `until`, but another end than the expected one is a failure that says how to look. */
  async ends(orderId: string, expected: string): Promise<PublicOrder> {
    const order = await this.until(orderId);
    if (order.status === expected) return order;
    const why = order.rejection === undefined ? 'the shop decided otherwise' : `it was rejected: ${order.rejection}`;
    const fix = soukCommand(this.instance.name, `trace ${orderId}`);
    throw new CliError(`order ${orderId} is ${order.status}, not ${expected}`, why, fix);
  }

  async timeline(orderId: string): Promise<TimelineStep[]> {
    return timelineOf(await this.get<OrderHistory>(`/api/orders/${orderId}/history`));
  }
}
