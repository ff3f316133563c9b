import { randomUUID } from 'node:crypto';
import type { OrderAccepted, OrderHistory, Product, PublicOrder } from '@souk/contracts';
import { ApiClient } from '../tools/cli/src/shop/api-client.ts';
import type { Benchmark, BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { seedProducts } from '../tools/cli/src/shop/seed-products.ts';
import { devIssuerKey, signDevToken } from '../tools/cli/src/shop/token.ts';
import { openLoad } from './open-load.ts';
import { percentile } from './percentile.ts';
import { cpuMs, shopProcesses, type ShopProcess } from './shop-processes.ts';

const WARM_UP_SECONDS = 10;
const HISTORIES_AT_ONCE = 8;
const P50_GOAL_MS = 40;
const GOAL_RATE = 20;
const ADDRESS = { name: 'Bench', street: '1 Market Lane', city: 'Utrecht', postalCode: '3511 AB', country: 'NL' };

interface Outcome {
  orderId?: string;
  /** Why there is no order: the status and code of the answer, or that there was none. */
  refusal?: string;
  /** Milliseconds from sending POST /orders to its answer. */
  answeredMs: number;
}

/** Placed → confirmed, taken from the orders' own histories, while orders come in at a fixed rate. */
export const benchmark: Benchmark = {
  summary: 'placed → confirmed at a fixed rate of orders',
  run: async (ctx, options) => {
    const client = await BenchClient.open(ctx);
    await client.stockUp(options.rate * (WARM_UP_SECONDS + options.seconds));
    options.say(`${WARM_UP_SECONDS} s of warm-up`);
    await openLoad(options.rate, WARM_UP_SECONDS, (index) => client.place(index));
    return measure(ctx, client, options);
  },
};

async function measure(ctx: ShopContext, client: BenchClient, { rate, seconds, say }: BenchOptions): Promise<Figure[]> {
  say(`${rate} orders/s for ${seconds} s`);
  const processes = await shopProcesses(ctx);
  const services = processes.filter(({ group }) => group === 'services');
  const cpuBefore = [cpuMs(services), cpuMs(processes)] as const;
  const outcomes = await openLoad(rate, seconds, (index) => client.place(index));
  const accepted = outcomes.flatMap(({ orderId }) => (orderId === undefined ? [] : [orderId]));
  for (const orderId of accepted.slice(-rate)) await client.order(orderId, '?wait=10s');
  const cpuAfter = [cpuMs(services), cpuMs(processes)] as const;
  for (const { refusal } of outcomes.filter((outcome) => outcome.refusal !== undefined).slice(0, 3))
    say(`refused: ${refusal}`);
  const restarted = differing(processes, await shopProcesses(ctx));
  if (restarted.length > 0) say(`restarted meanwhile, which spoils the figures: ${restarted.join(', ')}`);
  const confirmedMs = await client.confirmedTimes(accepted);
  const figure = (name: string, what: string, value: number, unit: string, goal?: number): Figure => ({
    name: `order.${name}`,
    what,
    value: Math.round(value * 100) / 100,
    unit,
    ...(goal === undefined ? {} : { goal }),
    rounds: 1,
  });
  const perOrder = (index: 0 | 1) => (cpuAfter[index] - cpuBefore[index]) / accepted.length;
  return [
    figure(
      'placed-to-confirmed.p50',
      `at ${rate} orders/s`,
      percentile(confirmedMs, 50),
      'ms',
      rate === GOAL_RATE ? P50_GOAL_MS : undefined,
    ),
    figure('placed-to-confirmed.p99', `at ${rate} orders/s`, percentile(confirmedMs, 99), 'ms'),
    figure('answer.p50', 'POST /api/orders until its 202', percentile(answerTimes(outcomes), 50), 'ms'),
    figure('answer.p99', 'POST /api/orders until its 202', percentile(answerTimes(outcomes), 99), 'ms'),
    figure('cpu-per-order.services', 'services, gateway and supervisor', perOrder(0), 'ms'),
    figure('cpu-per-order.all', 'infrastructure included', perOrder(1), 'ms'),
    figure('sent', 'orders sent', outcomes.length, 'orders'),
    figure('accepted', 'answered 202', accepted.length, 'orders'),
    figure('confirmed', 'confirmed in the end', confirmedMs.length, 'orders'),
    figure('lost', 'accepted and not confirmed', accepted.length - confirmedMs.length, 'orders', 0),
  ];
}

function differing(before: ShopProcess[], after: ShopProcess[]): string[] {
  return before
    .filter(({ name, pid }) => !after.some((process) => process.name === name && process.pid === pid))
    .map(({ name }) => name);
}

const answerTimes = (outcomes: Outcome[]) => outcomes.map(({ answeredMs }) => answeredMs);

class BenchClient {
  readonly #api: ApiClient;
  readonly #token: string;
  readonly #admin: string;
  readonly #products: Product[];

  constructor(api: ApiClient, token: string, admin: string, products: Product[]) {
    this.#api = api;
    this.#token = token;
    this.#admin = admin;
    this.#products = products;
  }

  static async open(ctx: ShopContext): Promise<BenchClient> {
    const api = new ApiClient(ctx.gatewayUrl);
    const key = await devIssuerKey(ctx.secretsDir);
    const [token, admin] = [await signDevToken(key, { user: 'bench' }), await signDevToken(key, { user: 'admin' })];
    const products: Product[] = [];
    for (const { productId } of await seedProducts()) {
      products.push(await api.expect<Product>([200], 'GET', `/api/products/${productId}`));
    }
    return new BenchClient(api, token, admin, products);
  }

  /** Receives as many units as the run will order, so that it neither sells the shop out nor depends on what is left. */
  async stockUp(orders: number): Promise<void> {
    const quantity = Math.ceil(orders / this.#products.length) + 1;
    const body = { receiptId: `bench-${randomUUID()}`, lines: this.#products.map(({ sku }) => ({ sku, quantity })) };
    await this.#api.expect([200, 201], 'POST', '/api/admin/stock/receipts', { token: this.#admin, body });
  }

  /** One order of one unit; products are taken in turn so that no sku is hot. */
  async place(index: number): Promise<Outcome> {
    const product = this.#products[index % this.#products.length];
    if (product === undefined) throw new Error('the seed lists no products');
    const body = {
      lines: [{ sku: product.sku, quantity: 1 }],
      expectedTotal: product.price,
      address: ADDRESS,
      paymentMethod: { type: 'card', token: 'tok_visa' },
    };
    const headers = { 'idempotency-key': randomUUID() };
    const sent = performance.now();
    const answer = await this.#api
      .send<OrderAccepted>('POST', '/api/orders', { token: this.#token, body, headers })
      .catch(() => undefined);
    const answeredMs = performance.now() - sent;
    if (answer?.status === 202) return { orderId: answer.body.orderId, answeredMs };
    return {
      refusal: answer === undefined ? 'no answer' : `${answer.status} ${JSON.stringify(answer.body)}`,
      answeredMs,
    };
  }

  order(orderId: string, query: string): Promise<PublicOrder> {
    return this.#api.expect<PublicOrder>([200], 'GET', `/api/orders/${orderId}${query}`, { token: this.#token });
  }

  /** Milliseconds from placed to confirmed of those orders that got there. */
  async confirmedTimes(orderIds: string[]): Promise<number[]> {
    const queue = [...orderIds];
    const times: number[] = [];
    const worker = async () => {
      for (let orderId = queue.pop(); orderId !== undefined; orderId = queue.pop()) {
        const path = `/api/orders/${orderId}/history`;
        const { events } = await this.#api.expect<OrderHistory>([200], 'GET', path, { token: this.#token });
        const confirmed = events.find(({ type }) => type.includes('confirmed'));
        if (confirmed !== undefined) times.push(confirmed.elapsedMs);
      }
    };
    await Promise.all(Array.from({ length: HISTORIES_AT_ONCE }, worker));
    return times;
  }
}
