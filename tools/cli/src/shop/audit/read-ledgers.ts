import pg from 'pg';
import { CliError } from '../../errors.ts';
import { soukCommand } from '../../souk-command.ts';
import { readBaskets } from './baskets.ts';
import type { Facts, OrderFact, ParkedKey, PaymentFact, QueueFact, ReservationFact, StockFact } from './facts.ts';
import type { OrderPrint } from './fold-orders.ts';
import { foldStreams, readView } from './read-views.ts';

type Urls = Readonly<Record<string, string>>;

/**
 * Reads the three ledgers with their reading roles and the read side's orders, order last: what the others know of an order is then never newer than
 * the order itself, so a shop at work shows orders on their way and no false orphans.
 */
export async function readLedgers(urls: Urls): Promise<Facts> {
  const payments = await withSnapshot(urls, 'PAYMENT', readPayments);
  const inventory = await withSnapshot(urls, 'INVENTORY', readInventory);
  const reads = urls.ORDER_QUERY_URL !== undefined && urls.MONGO_URL !== undefined;
  const found = reads ? await readView(urls.MONGO_URL ?? '') : undefined;
  const recommends = urls.RECOMMENDATION_URL !== undefined && urls.MONGO_URL !== undefined;
  const baskets = recommends ? await readBaskets(urls.MONGO_URL ?? '') : undefined;
  const order = await withSnapshot(urls, 'ORDER', (client) => readOrders(client, reads));
  return {
    orders: order.orders,
    reservations: inventory.reservations,
    stock: inventory.stock,
    payments,
    queues: [inventory.queue, order.queue],
    ...(order.folded && { views: { found, folded: order.folded } }),
    ...(baskets && { baskets }),
  };
}

/** One consistent look: everything read inside sees the same moment, and nothing can be written. */
async function withSnapshot<T>(urls: Urls, service: string, read: (client: pg.Client) => Promise<T>): Promise<T> {
  const variable = `${service}_READ_DATABASE_URL`;
  const url = urls[variable];
  if (url === undefined)
    throw new CliError(
      `no ${variable}`,
      'env.json of the instance does not name it',
      `${soukCommand(urls.SOUK_INSTANCE ?? 'default', 'up')} writes it`,
    );
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 30_000 });
  // A server that dies between two queries ends the query, not the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('begin transaction isolation level repeatable read read only');
    return await read(client);
  } finally {
    await client.end();
  }
}

async function readPayments(client: pg.Client): Promise<PaymentFact[]> {
  const sum = (kind: string) => `coalesce(sum(amount) filter (where kind = '${kind}'), 0)::float8`;
  const { rows } = await client.query<PaymentFact>(`
    select payment_id as "paymentId", order_id as "orderId", currency,
           ${sum('authorise')} as authorised, ${sum('capture')} as captured,
           ${sum('void')} as voided, ${sum('refund')} as refunded
    from ledger group by payment_id, order_id, currency`);
  return rows;
}

async function readInventory(
  client: pg.Client,
): Promise<{ reservations: ReservationFact[]; stock: StockFact[]; queue: QueueFact }> {
  const reservations = await client.query<ReservationFact>(`
    select order_id as "orderId", sku, quantity, state,
           extract(epoch from now() - expires_at)::float8 as "overdueSeconds"
    from reservations`);
  const stock = await client.query<StockFact>(`
    select sku, received::float8, coalesce(available, 0)::float8 as available, coalesce(reserved, 0)::float8 as reserved,
           coalesce(committed, 0)::float8 as committed, ok
    from stock_audit`);
  return { reservations: reservations.rows, stock: stock.rows, queue: await readQueue(client, 'inventory') };
}

async function readOrders(
  client: pg.Client,
  withStreams: boolean,
): Promise<{ orders: OrderFact[]; queue: QueueFact; folded?: Map<string, OrderPrint> }> {
  const { rows } = await client.query<OrderFact>(`
    with streams as (
      select order_id, json_agg(json_build_object('version', version, 'type', type) order by version) as events,
             (array_agg(data order by version))[1] as placed
      from order_events group by order_id)
    select order_id as "orderId", coalesce(o.version, 0) as version, coalesce(s.events, '[]') as events,
           coalesce(s.placed->'lines', '[]') as lines, coalesce((s.placed->'total'->>'amount')::float8, 0) as total,
           coalesce(s.placed->'total'->>'currency', '') as currency
    from orders o full join streams s using (order_id)`);
  const calls = await client.query<{ count: number }>('select count(*)::int from remote_calls where needs_attention');
  const queue = await readQueue(client, 'order');
  return {
    orders: rows,
    queue: { ...queue, parked: queue.parked + (calls.rows[0]?.count ?? 0) },
    ...(withStreams && { folded: await foldStreams(client) }),
  };
}

async function readQueue(client: pg.Client, service: string): Promise<QueueFact> {
  const { rows } = await client.query<{ outbox: number; parked: number }>(`
    select (select count(*) from outbox)::int as outbox, (select count(*) from parked_messages)::int as parked`);
  const keys = await client.query<ParkedKey>(`
    select consumer, topic, key, (array_agg(cause order by id) filter (where dead))[1] as cause
    from parked_messages group by consumer, topic, key order by min(id)`);
  return { service, outbox: rows[0]?.outbox ?? 0, parked: rows[0]?.parked ?? 0, parkedKeys: keys.rows };
}
