import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PublicOrder } from '@souk/contracts';
import pg from 'pg';
import { REPO_ROOT } from '../tools/cli/src/home.ts';

/** Fewer for a look at it; the goals are meant for 100,000. */
export const ORDERS = Number(process.env.SOUK_BENCH_ORDERS ?? 100_000);
export const USERS = 2_000;
const PART = 10_000;
const MIGRATIONS = join(REPO_ROOT, 'services/order/migrations');

export const userOf = (n: number): string => `bench-${n % USERS}`;
export const skuOf = (n: number): string => `SKU-${String(n % 200).padStart(3, '0')}`;
const idOf = (n: number): string => `01930000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

const address = { name: 'Bench', street: 'Main Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' };

/** A database of order with ORDERS orders of three lines and six events each, every tenth rejected, and the pool to it. */
export async function createOrders(pgUrl: string, database: string): Promise<{ url: string; pool: pg.Pool }> {
  const admin = new pg.Client({ connectionString: pgUrl });
  await admin.connect();
  await admin.query(`drop database if exists ${database} with (force)`);
  await admin.query(`create database ${database}`);
  await admin.end();
  const url = new URL(pgUrl);
  url.pathname = `/${database}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 2 });
  pool.on('error', () => undefined);
  for (const file of readdirSync(MIGRATIONS).sort()) {
    const [up = ''] = readFileSync(join(MIGRATIONS, file), 'utf8').split(/^-- Down Migration/m);
    await pool.query(up);
  }
  for (let from = 0; from < ORDERS; from += PART)
    await pool.query(FILL, [from, from + PART - 1, JSON.stringify(address)]);
  await pool.query('vacuum analyze');
  return { url: url.href, pool };
}

export async function dropOrders(pgUrl: string, database: string): Promise<void> {
  const admin = new pg.Client({ connectionString: pgUrl });
  await admin.connect();
  await admin.query(`drop database if exists ${database} with (force)`);
  await admin.end();
}

/** One every 20 s: about 23 days of a busy shop. */
const FILL = `with numbers as (
  select n, ('01930000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as order_id, 'bench-' || n % ${USERS} as user_id,
    timestamptz '2026-01-01' + n * interval '20 s' as placed_at, n % 10 = 0 as rejected
  from generate_series($1::int, $2::int) n),
orders as (
  insert into orders (order_id, user_id, status, version, created_at)
  select order_id, user_id, case when rejected then 'rejected' else 'confirmed' end, case when rejected then 2 else 6 end, placed_at
  from numbers)
insert into order_events (order_id, version, type, schema_version, at, data)
select order_id, version, type, 1, placed_at + version * interval '30 ms',
  case type
    when 'placed' then jsonb_build_object('orderId', order_id, 'userId', user_id, 'address', $3::jsonb,
      'total', jsonb_build_object('amount', 6000, 'currency', 'EUR'),
      'paymentMethod', jsonb_build_object('type', 'card', 'token', 'tok'),
      'lines', (select jsonb_agg(jsonb_build_object('sku', 'SKU-' || lpad(((n + i * 7) % 200)::text, 3, '0'), 'name', 'A product',
        'quantity', 1, 'unitPrice', jsonb_build_object('amount', 2000, 'currency', 'EUR'))) from generate_series(0, 2) i))
    when 'rejected' then '{"reason":"out-of-stock"}'
    when 'stock-reserved' then '{}' when 'stock-committed' then '{}'
    else '{"paymentId":"01930000-0000-7000-8000-00000000000a"}' end
from numbers, lateral unnest(case when rejected then array['placed', 'rejected']
  else array['placed', 'stock-reserved', 'payment-authorised', 'stock-committed', 'payment-captured', 'confirmed'] end)
  with ordinality as e(type, version)`;

/** A new order, as the event that says it is confirmed carries it; newer than all of the database. */
export function newOrder(n: number, placedAt: Date): PublicOrder {
  const unitPrice = { amount: 2_000, currency: 'EUR' };
  const at = placedAt.toISOString();
  return {
    orderId: idOf(ORDERS + n),
    userId: userOf(n),
    status: 'confirmed',
    version: 6,
    lines: [0, 7, 14].map((i) => ({ sku: skuOf(n + i), name: 'A product', quantity: 1, unitPrice })),
    total: { amount: 6_000, currency: 'EUR' },
    address,
    placedAt: at,
    updatedAt: at,
  };
}
