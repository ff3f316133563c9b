import pg from 'pg';
import { CliError } from '../../errors.ts';
import { soukCommand } from '../../souk-command.ts';
import { readBaskets } from './baskets.ts';
import type {
  Facts,
  OrderFact,
  ParkedKey,
  PaymentFact,
  QueueFact,
  ReservationFact,
  StockFact,
  TermFact,
} from './facts.ts';
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
    terms: order.terms,
    ...(order.folded && { views: { found, folded: order.folded } }),
    ...(baskets && { baskets }),
  };
}

/** One consistent look: everything read inside sees the same moment, and nothing can be written. */
export async function withSnapshot<T>(
  urls: Urls,
  service: string,
  read: (client: pg.Client) => Promise<T>,
): Promise<T> {
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
  } catch (error) {
    if (!isOlderSchema(error)) throw error;
    const why = `its database is of an older release: ${error instanceof Error ? error.message : String(error)}`;
    const fix = `${soukCommand(urls.SOUK_INSTANCE ?? 'default', 'up')} brings it up to date`;
    throw new CliError(`the tables of ${service.toLowerCase()} are not as expected`, why, fix, { cause: error });
  } finally {
    await client.end();
  }
}

/** A table or a column is not there. */
const isOlderSchema = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === '42P01' || error.code === '42703');

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
): Promise<{ orders: OrderFact[]; queue: QueueFact; terms: TermFact[]; folded?: Map<string, OrderPrint> }> {
  const { rows } = await client.query<OrderFact>(`
    with streams as (
      select order_id, json_agg(json_build_object('version', version, 'type', type) order by version) as events,
             (array_agg(data order by version))[1] as placed
      from order_events group by order_id)
    select order_id as "orderId", coalesce(o.version, 0) as version, coalesce(s.events, '[]') as events,
           coalesce(s.placed->>'userId', '') as "userId", coalesce(s.placed->'lines', '[]') as lines,
           coalesce((s.placed->'total'->>'amount')::float8, 0) as total,
           coalesce(s.placed->'total'->>'currency', '') as currency
    from orders o full join streams s using (order_id)`);
  const calls = await client.query<{ count: number }>(`
    select ((select count(*) from remote_calls where needs_attention) + (select count(*) from sagas where stuck_since is not null))::int as count`);
  const queue = await readQueue(client, 'order');
  return {
    orders: rows,
    terms: await readTerms(client),
    queue: { ...queue, parked: queue.parked + (calls.rows[0]?.count ?? 0) },
    ...(withStreams && { folded: await foldStreams(client) }),
  };
}

async function readTerms(client: pg.Client): Promise<TermFact[]> {
  const { rows } = await client.query<TermFact>(`
    select name, epoch::float8, exists (select from leader_terms later
      where later.name = t.name and later.epoch > t.epoch and later.began_at < t.acted_at) as "actedLate"
    from leader_terms t order by name, epoch`);
  return rows;
}

/** A row that the broker refuses holds up its key: those are parked, and not on their way. */
async function readQueue(client: pg.Client, service: string): Promise<QueueFact> {
  const { rows } = await client.query<{ outbox: number; parked: number }>(`
    with waiting as (select exists (select from outbox_parked p where (p.topic, p.key) = (o.topic, o.key)) as held from outbox o)
    select count(*) filter (where not held)::int as outbox,
           (count(*) filter (where held) + (select count(*) from parked_messages))::int as parked from waiting`);
  const keys = await client.query<ParkedKey>(`
    select consumer, topic, key, (array_agg(cause order by id) filter (where dead))[1] as cause
    from parked_messages group by consumer, topic, key order by min(id)`);
  const refused = await client.query<ParkedKey>(
    `select 'the relay' as consumer, topic, key, cause from outbox_parked order by first_at`,
  );
  const { outbox = 0, parked = 0 } = rows[0] ?? {};
  return { service, outbox, parked, parkedKeys: [...keys.rows, ...refused.rows] };
}
