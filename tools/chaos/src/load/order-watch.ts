import pg from 'pg';
import type { SeenOrder } from '../run/observations.ts';

const EVERY_MS = 1_000;
const ANSWERS_WITHIN_MS = 3_000;

interface Row {
  readonly orderId: string;
  readonly type: 'placed' | 'confirmed' | 'rejected' | 'cancelled';
  /** ms since 1970 */
  readonly at: number;
}

/** When the client asked for an order, and when it heard that it was accepted; by the clock of the run. */
export interface Heard {
  readonly askedAt: number;
  readonly acceptedAt: number;
}

/**
 * What the events of an order say of it. It was placed after it was asked for and before it was accepted: a clock of the shop that
 * says otherwise goes wrong (an experiment may do that), and is put right by the difference.
 */
export function seenIn(
  rows: readonly Row[],
  { askedAt, acceptedAt }: Heard,
  toRunTime: (at: number) => number,
): SeenOrder {
  const timeOf = (wanted: Row['type']): number | undefined => {
    const found = rows.find(({ type }) => type === wanted);
    return found && toRunTime(found.at);
  };
  const said = timeOf('placed') ?? acceptedAt;
  const placedAt = Math.min(acceptedAt, Math.max(askedAt, said));
  const [confirmedAt, rejectedAt, cancelledAt] = [timeOf('confirmed'), timeOf('rejected'), timeOf('cancelled')];
  const right = placedAt - said;
  if (confirmedAt !== undefined) return { placedAt, confirmedAt: confirmedAt + right };
  if (rejectedAt !== undefined) return { placedAt, closedAt: rejectedAt + right, isRejected: true };
  return cancelledAt === undefined ? { placedAt } : { placedAt, closedAt: cancelledAt + right };
}

export interface OrderWatchOptions {
  /** Of order's database, with a role that may only read. */
  readonly databaseUrl: string;
  readonly now: () => number;
  /** Where the orders go, in the order in which they were accepted. */
  readonly orders: SeenOrder[];
}

/**
 * Follows accepted orders until something has come of them, by their own events: one statement a second, and nothing is asked of
 * the services. While the database does not answer, orders are as they were.
 */
export class OrderWatch {
  readonly #options: OrderWatchOptions;
  readonly #pool: pg.Pool;
  readonly #open = new Map<string, Heard & { readonly index: number }>();
  readonly #known = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(options: OrderWatchOptions) {
    this.#options = options;
    const { databaseUrl: connectionString } = options;
    this.#pool = new pg.Pool({
      connectionString,
      max: 1,
      connectionTimeoutMillis: ANSWERS_WITHIN_MS,
      query_timeout: ANSWERS_WITHIN_MS,
    });
    this.#pool.on('error', () => undefined);
  }

  get open(): readonly string[] {
    return [...this.#open.keys()];
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.look(), EVERY_MS);
  }

  /** An order was accepted just now; the same one may be said twice. */
  add(orderId: string, askedAt: number): void {
    const { orders, now } = this.#options;
    if (this.#known.has(orderId)) return;
    this.#known.add(orderId);
    const acceptedAt = now();
    this.#open.set(orderId, { askedAt, acceptedAt, index: orders.push({ placedAt: acceptedAt }) - 1 });
  }

  /** Looks once, or joins the look that is under way. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch(() => undefined)
      .finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await this.#pool.end();
  }

  async #look(): Promise<void> {
    const ids = this.open;
    if (ids.length === 0) return;
    const { rows } = await this.#pool.query<Row>(READ, [ids]);
    const { orders, now } = this.#options;
    const epoch = Date.now() - now();
    for (const [orderId, events] of Map.groupBy(rows, (row) => row.orderId)) {
      const heard = this.#open.get(orderId);
      if (heard === undefined) continue;
      const seen = seenIn(events, heard, (at) => at - epoch);
      orders[heard.index] = seen;
      if (seen.confirmedAt !== undefined || seen.closedAt !== undefined) this.#open.delete(orderId);
    }
  }
}

const READ = `select order_id as "orderId", type, extract(epoch from at)::float8 * 1000 as at
  from order_events
  where order_id = any($1::uuid[]) and type in ('placed', 'confirmed', 'rejected', 'cancelled')
  order by version`;
