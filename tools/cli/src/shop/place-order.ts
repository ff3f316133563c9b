import { randomBytes, randomUUID } from 'node:crypto';
import type { OrderAccepted, OrderHistory, Product, ProductPage, PublicOrder, StockLevel } from '@souk/contracts';
import { CliError } from '../errors.ts';
import { soukCommand } from '../souk-command.ts';
import { ApiClient } from './api-client.ts';
import type { ShopContext } from './context.ts';
import { seedProducts } from './seed-products.ts';

export interface PlaceOrderOptions {
  sku?: string;
  qty?: number;
  user?: string;
  /** 0 ≤ x < 1; chooses the product when no sku is given. */
  random?: () => number;
}

export interface TimelineStep {
  step: string;
  atMs: number;
}

export interface PlacedOrder {
  orderId: string;
  orderStatus: string;
  /** Why a rejected order was rejected. */
  rejection?: string;
  timeline: TimelineStep[];
}

const ADDRESS = { name: 'Alice Ahmed', street: '1 Market Lane', city: 'Utrecht', postalCode: '3511 AB', country: 'NL' };
const STOCK_TRIES = 20;

/** Places one order through the gateway, waits for its final state and reads its history. */
export async function placeOrder(ctx: ShopContext, options: PlaceOrderOptions = {}): Promise<PlacedOrder> {
  const api = new ApiClient(ctx.gatewayUrl, ctx.instance);
  const quantity = options.qty ?? 1;
  const token = await ctx.token(options.user ?? 'alice');
  const product =
    options.sku === undefined
      ? await randomProduct(ctx, api, quantity, options.random ?? Math.random)
      : await productBySku(api, options.sku);
  const body = {
    lines: [{ sku: product.sku, quantity }],
    expectedTotal: { amount: product.price.amount * quantity, currency: product.price.currency },
    address: ADDRESS,
    paymentMethod: { type: 'card', token: 'tok_visa' },
  };
  const headers = { 'idempotency-key': randomUUID(), traceparent: recordedTrace() };
  const { orderId } = await api.expect<OrderAccepted>([202], 'POST', '/api/orders', { token, body, headers });
  const order = await api.expect<PublicOrder>([200], 'GET', `/api/orders/${orderId}?wait=10s`, { token });
  const history = await api.expect<OrderHistory>([200], 'GET', `/api/orders/${orderId}/history`, { token });
  const rejection = order.rejection === undefined ? {} : { rejection: order.rejection };
  return { orderId, orderStatus: order.status, ...rejection, timeline: timelineOf(history) };
}

/** Who places one order by hand wants to see its way, however many others are on theirs: the gateway records what its caller does. */
export const recordedTrace = (): string => `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;

/** What happened, in words, with milliseconds since the order was placed. */
export function timelineOf(history: OrderHistory): TimelineStep[] {
  return history.events.map(({ type, elapsedMs }) => ({ step: stepName(type), atMs: Math.round(elapsedMs) }));
}

function stepName(type: string): string {
  return type
    .replace(/\.v\d+$/, '')
    .replace(/^order[.-]/, '')
    .replace(/^stock-committed$/, 'committed')
    .replace(/^payment-captured$/, 'captured')
    .replaceAll(/[.-]/g, ' ');
}

/** `placed 0 ms → stock reserved 9 ms → …` */
export function renderTimeline(timeline: TimelineStep[]): string {
  return timeline.map(({ step, atMs }) => `${step} ${atMs} ms`).join(' → ');
}

async function randomProduct(
  { instance }: ShopContext,
  api: ApiClient,
  quantity: number,
  random: () => number,
): Promise<Product> {
  const products = await seedProducts();
  for (let tries = 0; tries < STOCK_TRIES; tries++) {
    const candidate = products[Math.floor(random() * products.length)];
    if (candidate === undefined) continue;
    const { status, body } = await api.expectAnswer<StockLevel>([200, 404], 'GET', `/api/stock/${candidate.sku}`);
    if (status === 404 || body.available < quantity) continue;
    return api.expect<Product>([200], 'GET', `/api/products/${candidate.productId}`);
  }
  throw new CliError(
    `none of ${STOCK_TRIES} products has ${quantity} in stock`,
    'the shop is not seeded, or sold out',
    `${soukCommand(instance, 'up')} seeds it; ${soukCommand(instance, 'order --sku SKU')} asks for one product`,
  );
}

async function productBySku(api: ApiClient, sku: string): Promise<Product> {
  const seeded = (await seedProducts()).find((product) => product.sku === sku);
  if (seeded !== undefined) return api.expect<Product>([200], 'GET', `/api/products/${seeded.productId}`);
  for (let page = 1, seen = 0; ; page++) {
    const result = await api.expect<ProductPage>([200], 'GET', `/api/products?pageSize=100&page=${page}`);
    const found = result.items.find((product) => product.sku === sku);
    if (found !== undefined) return found;
    seen += result.items.length;
    if (result.items.length === 0 || seen >= result.total) break;
  }
  throw new CliError(
    `no product has the sku ${sku}`,
    'the catalog does not list it',
    'GET /api/products lists what there is',
  );
}
