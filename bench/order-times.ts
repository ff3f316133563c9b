import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const AT_ONCE = 5_000;
const LOOK_EVERY_MS = 250;
/** Of the time, for looking: tens of thousands of open orders would else keep the database busy with us. */
const ONE_PART_IN = 20;

/** When an order was placed and confirmed, in ms since 1970 by its own events; without `confirmedAt` it is not there yet. */
export interface OrderTimes {
  readonly placedAt: number;
  readonly confirmedAt: number | null;
}

interface Row extends OrderTimes {
  readonly orderId: string;
  readonly isRejected: boolean;
}

/** Reads orders' events in order's database: what the history route gives, without costing the shop a request an order. */
export class OrderTimesReader {
  readonly #pool: pg.Pool;

  constructor(databaseUrl: string) {
    this.#pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
    this.#pool.on('error', () => undefined);
  }

  /** The times of all orders, as soon as every one is confirmed or rejected, or `patienceMs` is over. */
  async settled(orderIds: readonly string[], patienceMs: number): Promise<OrderTimes[]> {
    const open = new Set(orderIds);
    const times: OrderTimes[] = [];
    for (const until = performance.now() + patienceMs; ;) {
      const began = performance.now();
      for (const { orderId, isRejected, ...found } of await this.#read([...open])) {
        const late = performance.now() > until;
        if (found.confirmedAt === null && !isRejected && !late) continue;
        open.delete(orderId);
        times.push(found);
      }
      if (open.size === 0 || performance.now() > until) return times;
      const took = performance.now() - began;
      await sleep(Math.min(Math.max(LOOK_EVERY_MS, ONE_PART_IN * took), Math.max(0, until - performance.now())));
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  async #read(orderIds: readonly string[]): Promise<Row[]> {
    const found: Row[] = [];
    for (let from = 0; from < orderIds.length; from += AT_ONCE) {
      const { rows } = await this.#pool.query<Row>(READ, [orderIds.slice(from, from + AT_ONCE)]);
      found.push(...rows);
    }
    return found;
  }
}

const READ = `select p.order_id as "orderId", extract(epoch from p.at)::float8 * 1000 as "placedAt",
    extract(epoch from c.at)::float8 * 1000 as "confirmedAt",
    exists (select from order_events r where r.order_id = p.order_id and r.type = 'rejected') as "isRejected"
  from order_events p left join order_events c on c.order_id = p.order_id and c.type = 'confirmed'
  where p.version = 1 and p.order_id = any($1::uuid[])`;
