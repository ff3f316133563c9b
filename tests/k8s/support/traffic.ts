import { randomUUID } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OrderAccepted, Product, ProductPage } from '@souk/contracts';
import { ADDRESS, CARD, type Shop } from '../../e2e/support/shop.ts';

/** What one request of the traffic came to. Times in milliseconds since the traffic began. */
export interface Shot {
  readonly what: 'page' | 'stock' | 'list' | 'order' | 'orders' | 'recommendations';
  /** Over a connection of its own, or over one that is kept between requests. */
  readonly connection: 'fresh' | 'kept';
  readonly atMs: number;
  readonly tookMs: number;
  /** Of the answer; 0 when there was none. */
  readonly status: number;
  readonly error?: string;
  readonly orderId?: string;
}

export interface TrafficReport {
  readonly shots: readonly Shot[];
  /** Neither 200 nor 202. */
  readonly failed: readonly Shot[];
  readonly orderIds: readonly string[];
  /** When the traffic began, epoch milliseconds. */
  readonly beganAt: number;
  readonly p99Ms: number;
  /** How far this end fell behind its own rate, at worst. */
  readonly lateMs: number;
  readonly seconds: number;
}

const REQUEST_LIMIT_MS = 10_000;
/**
 * Longer than anybody lets a connection be idle: with a limit of its own, Node's client goes by the `Keep-Alive` of the server, as fetch
 * does, where that is less. Without one it keeps connections for ever, and meets some at the moment when they are cut.
 */
const IDLE_LIMIT_MS = 60_000;
const ROUND = ['page', 'stock', 'list', 'order'] as const;
/** Four rounds, in one of them the customer's own orders and what goes with a product. */
const KINDS: readonly Shot['what'][] = [
  ...ROUND,
  ...ROUND,
  ...ROUND,
  ...(['recommendations', 'stock', 'orders', 'order'] as const),
];
/** Enough of everything: nothing here is about being sold out. */
const UNITS = 100_000;

/**
 * What two cores carry while all sixteen pods of the shop are replaced beside their old ones. At 50 one page in four thousand took
 * longer than the gateway gives catalog, 3 s: that is the machine, not the restart.
 */
export const REQUESTS_PER_SECOND = 30;

/**
 * Customers at a fixed rate whether or not the shop keeps up (an open model), half of them over kept connections, a quarter
 * of them ordering, none of them trying anything twice.
 */
export class Traffic {
  readonly #shop: Shop;
  readonly #products: readonly Product[];
  readonly #token: string;
  readonly #stop = new AbortController();
  readonly #kept = new Agent({ keepAlive: true, maxSockets: 32, timeout: IDLE_LIMIT_MS });
  readonly #began = performance.now();
  readonly #beganAt = Date.now();
  readonly #shots: Promise<Shot>[] = [];
  readonly #onFailed: () => void;
  readonly #running: Promise<void>;
  #lateMs = 0;

  private constructor(shop: Shop, products: readonly Product[], token: string, onFailed: () => void) {
    this.#shop = shop;
    this.#products = products;
    this.#token = token;
    this.#onFailed = onFailed;
    this.#running = this.#run(REQUESTS_PER_SECOND);
  }

  /** `onFailed` is called at once for each request that was not answered 200 or 202. */
  static async start(shop: Shop, onFailed: () => void): Promise<Traffic> {
    const { items: products } = await shop.api.expect<ProductPage>([200], 'GET', '/api/products?pageSize=100');
    const lines = products.map(({ sku }) => ({ sku, quantity: UNITS }));
    const delivery = { token: await shop.admin(), body: { receiptId: 'k8s-traffic', lines } };
    await shop.api.expect([200, 201], 'POST', '/api/admin/stock/receipts', delivery);
    return new Traffic(shop, products, await shop.newCustomer(), onFailed);
  }

  /** Ends the traffic; resolves when the last request has been answered or has failed. */
  async stop(): Promise<TrafficReport> {
    this.#stop.abort();
    await this.#running;
    const shots = await Promise.all(this.#shots);
    this.#kept.destroy();
    const took = shots.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
    return {
      shots,
      failed: shots.filter(hasFailed),
      orderIds: shots.flatMap(({ orderId }) => orderId ?? []),
      beganAt: this.#beganAt,
      p99Ms: Math.round(took[Math.floor(took.length * 0.99)] ?? 0),
      lateMs: Math.round(this.#lateMs),
      seconds: Math.round((performance.now() - this.#began) / 1_000),
    };
  }

  async #run(perSecond: number): Promise<void> {
    for (let index = 0; !this.#stop.signal.aborted; index++) {
      const wait = this.#began + (index * 1_000) / perSecond - performance.now();
      if (wait > 0) await sleep(wait);
      else this.#lateMs = Math.max(this.#lateMs, -wait);
      this.#shots.push(this.#shoot(index));
    }
  }

  async #shoot(index: number): Promise<Shot> {
    const what = KINDS[index % KINDS.length] ?? 'page';
    const connection = Math.floor(index / KINDS.length) % 2 === 0 ? 'fresh' : 'kept';
    const began = performance.now();
    const answer = await this.#send(index, what, connection);
    const times = { atMs: Math.round(began - this.#began), tookMs: Math.round(performance.now() - began) };
    const shot: Shot = { what, connection, ...times, ...answer };
    if (hasFailed(shot)) this.#onFailed();
    return shot;
  }

  async #send(index: number, what: Shot['what'], connection: Shot['connection']) {
    const product = this.#products[index % this.#products.length];
    if (product === undefined) throw new Error('the shop has no products');
    const paths = {
      page: `/api/pages/product/${product.productId}`,
      stock: `/api/stock/${product.sku}`,
      list: '/api/products?pageSize=10',
      order: '/api/orders',
      orders: '/api/orders?limit=10',
      recommendations: `/api/recommendations?productId=${product.productId}`,
    };
    const { status, error, body } = await send(new URL(paths[what], this.#shop.gatewayUrl), {
      ...((what === 'order' || what === 'orders') && { token: this.#token }),
      ...(what === 'order' && { body: orderOf(product) }),
      agent: connection === 'kept' ? this.#kept : false,
    });
    const orderId = status === 202 ? (JSON.parse(body) as OrderAccepted).orderId : undefined;
    const told = error ?? (status >= 400 ? body.slice(0, 300) : undefined);
    return { status, ...(told !== undefined && { error: told }), ...(orderId !== undefined && { orderId }) };
  }
}

const hasFailed = ({ status }: Pick<Shot, 'status'>): boolean => status !== 200 && status !== 202;

const orderOf = (product: Product): object => ({
  lines: [{ sku: product.sku, quantity: 1 }],
  expectedTotal: product.price,
  address: ADDRESS,
  paymentMethod: CARD,
});

interface Sent {
  readonly agent: Agent | false;
  readonly token?: string;
  readonly body?: object;
}

/** Node's plain client: fetch would hide lost connections by trying again. Never rejects. */
function send(url: URL, { agent, token, body }: Sent): Promise<{ status: number; body: string; error?: string }> {
  return new Promise((resolve) => {
    const headers = {
      accept: 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
    };
    const signal = AbortSignal.timeout(REQUEST_LIMIT_MS);
    const request = httpRequest(url, { method: body ? 'POST' : 'GET', agent, headers, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.on('error', (error) => resolve({ status: 0, body: '', error: `cut off: ${error.message}` }));
    });
    request.on('error', (error) => {
      const reused = request.reusedSocket ? ' on a kept connection' : '';
      resolve({ status: 0, body: '', error: `${error.message}${reused}` });
    });
    request.end(body && JSON.stringify(body));
  });
}
