import { randomUUID } from 'node:crypto';
import type { OrderAccepted, Product, ProductPage, PublicOrder, StockLevel } from '@souk/contracts';
import { reasonOf } from '../errors.ts';
import { ApiClient } from '../shop/api-client.ts';
import type { ShopContext } from '../shop/context.ts';
import { waitFor } from '../shop/wait-for.ts';

/** Whose orders nobody packs: reports and warehouses leave them out by name. */
export const PROBE_USER = 'souk-probe';
const FLAG = 'Synthetic probe, do not deliver';
const ADDRESS = { name: FLAG, street: '1 Market Lane', city: 'Utrecht', postalCode: '3511 AB', country: 'NL' };
const ENDS_WITHIN_MS = 20_000;

export interface JourneyStep {
  readonly step: string;
  readonly ms: number;
}

export interface Journey {
  readonly status: 'ok' | 'failed';
  readonly orderId: string | null;
  readonly steps: readonly JourneyStep[];
  /** What went wrong, the clean-up included. */
  readonly problems: readonly string[];
}

/**
 * A customer's way through the shop: sign in (the first time, that registers), find something, order it, see it confirmed. What it
 * ordered is cancelled again, also when it failed half-way, and the journey waits until money and stock are back.
 */
export async function travel(shop: Pick<ShopContext, 'gatewayUrl' | 'instance' | 'token'>): Promise<Journey> {
  const api = new ApiClient(shop.gatewayUrl, shop.instance);
  const steps: JourneyStep[] = [];
  const problems: string[] = [];
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    steps.push({ step: name, ms: Math.round(performance.now() - started) });
    return result;
  };
  let placed: { orderId: string; token: string } | undefined;
  try {
    const token = await step('sign in', () => shop.token(PROBE_USER));
    const product = await step('find', () => inStock(api));
    const { orderId } = await step('order', () => order(api, token, product));
    placed = { orderId, token };
    await step('confirm', () => ends(api, { orderId, token }, ['confirmed']));
  } catch (error) {
    problems.push(messageOf(error));
  }
  if (placed !== undefined) {
    const mine = placed;
    await step('clean up', () => cleanUp(api, mine)).catch((error: unknown) => problems.push(messageOf(error)));
  }
  return { status: problems.length === 0 ? 'ok' : 'failed', orderId: placed?.orderId ?? null, steps, problems };
}

async function inStock(api: ApiClient): Promise<Product> {
  const { items } = await api.expect<ProductPage>([200], 'GET', '/api/products?pageSize=50');
  for (const product of items) {
    const { status, body } = await api.expectAnswer<StockLevel>([200, 404], 'GET', `/api/stock/${product.sku}`);
    if (status === 200 && body.available > 0) return product;
  }
  throw new Error(`none of ${items.length} products is in stock`);
}

function order(api: ApiClient, token: string, { sku, price }: Product): Promise<OrderAccepted> {
  const body = {
    lines: [{ sku, quantity: 1 }],
    expectedTotal: price,
    address: ADDRESS,
    paymentMethod: { type: 'card', token: 'tok_visa' },
  };
  const headers = { 'idempotency-key': `probe-${randomUUID()}` };
  return api.expect<OrderAccepted>([202], 'POST', '/api/orders', { token, body, headers });
}

interface Mine {
  readonly orderId: string;
  readonly token: string;
}

async function cleanUp(api: ApiClient, mine: Mine): Promise<void> {
  // 409: it was rejected, or cancelled before; nothing is owed then.
  const path = `/api/orders/${mine.orderId}/cancel`;
  await api.expect([200, 202, 409], 'POST', path, { token: mine.token });
  await ends(api, mine, ['cancelled', 'refunded', 'rejected']);
}

function ends(api: ApiClient, { orderId, token }: Mine, statuses: readonly string[]): Promise<PublicOrder> {
  return waitFor(`order ${orderId} is ${statuses.join(' or ')}`, ENDS_WITHIN_MS, async () => {
    const found = await api.expect<PublicOrder>([200], 'GET', `/api/orders/${orderId}?wait=5s`, { token });
    const { outstanding } = found;
    const isSettled = outstanding?.refund !== true && outstanding?.stock !== true;
    return statuses.includes(found.status) && isSettled ? found : undefined;
  });
}

const messageOf = (error: unknown): string => (error instanceof Error ? reasonOf(error) : String(error));
