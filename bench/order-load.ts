import { randomUUID } from 'node:crypto';
import type { OrderAccepted, Product } from '@souk/contracts';
import { Pool } from 'undici';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { seedProducts } from '../tools/cli/src/shop/seed-products.ts';
import { partnerApi, partnerHeaders } from './partner.ts';

const CONNECTIONS = 64;
const USER = 'bench';
const ADDRESS = { name: 'Bench', street: '1 Market Lane', city: 'Utrecht', postalCode: '3511 AB', country: 'NL' };

/** What came of one request: the order, or the status that was answered (0: nothing). */
export type Placed = { readonly orderId: string } | { readonly status: number };

/**
 * A customer who orders through the gateway as fast as asked. Bodies are made beforehand and connections kept: what the
 * generator does not burn on the same cores is the shop's.
 */
export class OrderLoad {
  readonly #pool: Pool;
  readonly #token: ShopContext['token'];
  readonly #bodies: readonly string[];
  readonly #partner: Readonly<Record<string, string>>;

  private constructor(ctx: ShopContext, bodies: readonly string[]) {
    this.#pool = new Pool(ctx.gatewayUrl, { connections: CONNECTIONS });
    this.#token = ctx.token;
    this.#bodies = bodies;
    this.#partner = partnerHeaders(ctx);
  }

  /** With stock for `orders`: a run neither sells the shop out nor depends on what is left. */
  static async open(ctx: ShopContext, orders: number): Promise<OrderLoad> {
    const api = partnerApi(ctx);
    const products: Product[] = [];
    for (const { productId } of await seedProducts())
      products.push(await api.expect<Product>([200], 'GET', `/api/products/${productId}`));
    const quantity = Math.ceil(orders / products.length) + 1;
    const body = { receiptId: `bench-${randomUUID()}`, lines: products.map(({ sku }) => ({ sku, quantity })) };
    await api.expect([200, 201], 'POST', '/api/admin/stock/receipts', { token: await ctx.token('admin'), body });
    return new OrderLoad(ctx, products.map(bodyOf));
  }

  /** One order of one unit; products are taken in turn, so that no sku is hot. */
  async place(index: number): Promise<Placed> {
    const headers = {
      ...this.#partner,
      authorization: `Bearer ${await this.#token(USER)}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    };
    const body = this.#bodies[index % this.#bodies.length] ?? '';
    const answer = await this.#pool
      .request({ method: 'POST', path: '/api/orders', headers, body })
      .catch(() => undefined);
    if (answer === undefined) return { status: 0 };
    if (answer.statusCode !== 202) {
      await answer.body.dump();
      return { status: answer.statusCode };
    }
    return { orderId: ((await answer.body.json()) as OrderAccepted).orderId };
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

const bodyOf = ({ sku, price }: Product): string =>
  JSON.stringify({
    lines: [{ sku, quantity: 1 }],
    expectedTotal: price,
    address: ADDRESS,
    paymentMethod: { type: 'card', token: 'tok_visa' },
  });
