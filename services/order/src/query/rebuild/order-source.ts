import pg from 'pg';
import type { PublicOrder } from '@souk/contracts';
import { publishedOrder } from '../../messaging/published-order.js';
import { fromStored, type StoredEvent } from '../../persistence/stored-event.js';

const CONNECT_MS = 2_000;
const STATEMENT_MS = 30_000;

/** By primary key, so that each part costs what it returns. */
const PART = `select order_id, json_agg(json_build_object('version', version, 'type', type, 'schema_version', schema_version,
    'at', at, 'data', data) order by version) as events
  from order_events where order_id > $1 and order_id <= coalesce(
    (select order_id from (select distinct order_id from order_events where order_id > $1 order by order_id limit $2) ids
     order by order_id desc limit 1), $1)
  group by order_id order by order_id`;

const FIRST = '00000000-0000-0000-0000-000000000000';

/** Order's event table, read as the role that can do nothing else (CQ-1). */
export class OrderSource {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async open(url: string): Promise<OrderSource> {
    return new OrderSource(await connectReadOnly(url));
  }

  async count(): Promise<number> {
    const { rows } = await this.#client.query<{ n: number }>('select count(*)::int as n from orders');
    return rows[0]?.n ?? 0;
  }

  /** All orders that can be folded, in parts of at most `size`, each as the newest message about it says. */
  async *parts(size: number, onSkip: (orderId: string, cause: unknown) => void): AsyncGenerator<PublicOrder[]> {
    for (let after = FIRST; ;) {
      const { rows } = await this.#client.query<{ order_id: string; events: StoredEvent[] }>({
        name: 'part',
        text: PART,
        values: [after, size],
      });
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.flatMap(({ order_id, events }) => toPublished(order_id, events, onSkip));
      after = last.order_id;
    }
  }

  /** A statement under way ends with an error, here at once and in the server with its next row or limit. */
  async close(): Promise<void> {
    await this.#client.end();
  }
}

/** A session in which nothing can be written, whatever its role may do. */
export async function connectReadOnly(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'order-query-rebuild',
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + 1_000,
    options: '-c default_transaction_read_only=on',
  });
  // The statement under way reports a lost connection too.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function toPublished(
  orderId: string,
  events: readonly StoredEvent[],
  onSkip: (orderId: string, cause: unknown) => void,
): PublicOrder[] {
  try {
    const order = publishedOrder(events.map((stored) => ({ version: stored.version, event: fromStored(stored) })));
    return order === undefined ? [] : [order];
  } catch (cause) {
    onSkip(orderId, cause);
    return [];
  }
}
