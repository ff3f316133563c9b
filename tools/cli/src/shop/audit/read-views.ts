import type pg from 'pg';
import type { MongoClient as Client } from 'mongodb';
import { foldPublic, type OrderPrint, printOf, type StoredEvent } from './fold-orders.ts';

const AT_ONCE = 500;
const WAIT_MS = 5_000;
const DATABASE = 'souk_order_query';

interface ListedOrder {
  readonly _id: string;
  readonly version: number;
  readonly userId: string;
  readonly status: string;
  /** JSON. */
  readonly order: string;
}

/** What order-query holds, by order id; undefined while its views are not there. */
export async function readView(mongoUrl: string): Promise<Map<string, OrderPrint> | undefined> {
  const { MongoClient } = await import('mongodb');
  const client: Client = new MongoClient(mongoUrl, { serverSelectionTimeoutMS: WAIT_MS, socketTimeoutMS: 30_000 });
  try {
    const db = client.db(DATABASE);
    const state = await db.collection<{ _id: string; active: string }>('views').findOne({ _id: 'views' });
    if (state === null) return undefined;
    const prints = new Map<string, OrderPrint>();
    const orders = db.collection<ListedOrder>(`orders_${state.active}`);
    for await (const { _id, version, userId, status, order } of orders.find({}, { batchSize: AT_ONCE }))
      // What lists are filtered by must be what the order says.
      prints.set(_id, printOf({ ...(JSON.parse(order) as object), orderId: _id, version, userId, status }));
    return prints;
  } finally {
    await client.close();
  }
}

/** What it should hold: the fold of each stream, read inside the open snapshot a part at a time. */
export async function foldStreams(client: pg.Client): Promise<Map<string, OrderPrint>> {
  await client.query(`declare streams no scroll cursor for
    select order_id as "orderId", json_agg(json_build_object('version', version, 'type', type, 'at', at, 'data', data)) as events
    from order_events group by order_id`);
  const prints = new Map<string, OrderPrint>();
  for (;;) {
    const { rows } = await client.query<{ orderId: string; events: StoredEvent[] }>(`fetch ${AT_ONCE} from streams`);
    if (rows.length === 0) break;
    for (const { orderId, events } of rows) {
      const order = foldPublic(orderId, events);
      if (order !== undefined) prints.set(orderId, printOf(order));
    }
  }
  await client.query('close streams');
  return prints;
}
