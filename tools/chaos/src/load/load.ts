import { randomUUID } from 'node:crypto';
import type { ProductPage } from '@souk/contracts';
import { partnerHeaders } from '../../../../bench/partner.ts';
import type { ShopContext } from '../../../cli/src/shop/context.ts';
import type { Load as Profile } from '../experiment/experiment.ts';
import { Customer } from '../history/customer.ts';
import { History, type Edge } from '../history/history.ts';
import { randomOf } from '../history/random.ts';
import { DROPPED, NO_TOKEN } from '../measure/answers.ts';
import type { Answer, SeenOrder } from '../run/observations.ts';
import type { Target } from '../target/target.ts';
import { Arrivals, type ArrivalFigures } from './arrivals.ts';
import { type NotAsMeant, notAsMeant } from './as-meant.ts';
import { Door } from './door.ts';
import { ACTS, plansOf, type Plan } from './mixes.ts';
import { OrderWatch } from './order-watch.ts';
import { settle, type Unsettled } from './settle.ts';
import { Visitors, type Ware } from './visitors.ts';

const CUSTOMERS = 8;
const WARES = 100;
/** Enough of everything: experiments are not about being sold out. */
const UNITS = 1_000;
/** Longer than any visitor waits. */
const DRAIN_MS = 30_000;
const MOST_UNDER_WAY = 600;
/** So long may the visits of a full load be under way before others are not let in: longer than anybody waits for an answer. */
const UNDER_WAY_SECONDS = 20;

export interface LoadOptions {
  readonly target: { readonly context: ShopContext; readonly api: Pick<Target['api'], 'expect'> };
  readonly load: Profile;
  readonly seed: number;
  /** Milliseconds since the run began. */
  readonly now: () => number;
  /** What customers were told, on disk before anything else happens. */
  readonly historyFile: string;
  readonly answers: Answer[];
  readonly orders: SeenOrder[];
  /** Comes with the shop's API key, which has no limit that a load would meet. `false`: as people do. */
  readonly asPartner?: boolean;
}

/** Visitors of a shop: seeded, at a fixed rate, each order on record. */
export class Load {
  readonly skus: readonly string[];
  readonly #customers: readonly Customer[];
  readonly #history: History;
  readonly #door: Door;
  readonly #watch: OrderWatch;
  readonly #arrivals: Arrivals<Plan>;
  #isOver = false;

  constructor(options: LoadOptions, wares: readonly Ware[]) {
    const { target, load, seed, now, answers, orders } = options;
    const { token, urls, gatewayUrl } = target.context;
    const note = (answer: Answer): void => {
      // What is asked again afterwards is no visit.
      if (!this.#isOver) answers.push(answer);
    };
    const unsent = (code: string) => (plan: Plan) =>
      note({ at: now(), tookMs: 0, visit: ACTS[plan.act], status: 0, code });
    const headers = options.asPartner === false ? {} : partnerHeaders(target.context);
    const door = new Door({ url: gatewayUrl, headers, now, note });
    this.skus = wares.map(({ sku }) => sku);
    this.#door = door;
    this.#history = new History(options.historyFile);
    this.#customers = Array.from({ length: CUSTOMERS }, () => new Customer(door, token, this.#history, newUser()));
    this.#watch = new OrderWatch({ databaseUrl: urls.ORDER_READ_DATABASE_URL ?? '', now, orders });
    const visitors = new Visitors({
      door,
      customers: this.#customers,
      wares,
      tokenOf: token,
      turnedAway: unsent(NO_TOKEN),
      ship: async (orderId) => door.send('POST', `/api/admin/orders/${orderId}/ship`, { token: await token('admin') }),
      now,
      accepted: (orderId, askedAt) => this.#watch.add(orderId, askedAt),
    });
    const plans = plansOf(load.mix, CUSTOMERS, randomOf(seed));
    this.#arrivals = new Arrivals<Plan>({
      perSecond: load.perSecond,
      most: Math.min(MOST_UNDER_WAY, Math.max(50, load.perSecond * UNDER_WAY_SECONDS)),
      next: () => plans.next().value,
      visit: (plan) => visitors.visit(plan),
      drop: unsent(DROPPED),
    });
  }

  get edges(): readonly Edge[] {
    return this.#history.edges;
  }

  get users(): readonly string[] {
    return this.#customers.map(({ user }) => user);
  }

  get figures(): ArrivalFigures {
    return this.#arrivals.figures;
  }

  /** How visitors came otherwise than asked for; undefined where they did not. */
  notAsMeant(): NotAsMeant | undefined {
    return notAsMeant(this.figures);
  }

  /** Sampled with the rest. */
  series(): Record<string, number> {
    return { 'orders.open': this.#watch.open.length };
  }

  /** Signs everybody in, while the shop is well. */
  async signIn(token: ShopContext['token']): Promise<void> {
    for (const user of this.users) await token(user);
  }

  start(): void {
    this.#watch.start();
    void this.#arrivals.start();
  }

  /** Nobody comes any more; resolves when the last visit has ended. */
  async stop(): Promise<void> {
    const left = await this.#arrivals.stop(DRAIN_MS);
    this.#isOver = true;
    if (left > 0) throw new Error(`${left} visits did not end within ${DRAIN_MS / 1_000} s`);
  }

  /** As `settle` says; what is asked of the shop here is no visit. */
  settle(withinMs: number): Promise<Unsettled> {
    return settle({ customers: this.#customers, watch: this.#watch, withinMs });
  }

  async close(): Promise<void> {
    await this.#watch.close();
    await this.#door.close();
    this.#history.close();
  }
}

/** A load that is ready to start: its customers have signed in, and there is enough of everything that they may want. */
export async function openLoad(options: LoadOptions): Promise<Load> {
  const { api, context } = options.target;
  const { items } = await api.expect<ProductPage>([200], 'GET', `/api/products?sort=name&pageSize=${WARES}`);
  const load = new Load(options, items);
  await load.signIn(context.token);
  const lines = items.map(({ sku }) => ({ sku, quantity: UNITS }));
  const body = { receiptId: `load-${randomUUID()}`, lines };
  await api.expect([200, 201], 'POST', '/api/admin/stock/receipts', { token: await context.token('admin'), body });
  return load;
}

const newUser = (): string => `load-${randomUUID().slice(0, 8)}`;
