import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Delivery, withTransaction } from '@souk/outbox';
import { createTestDatabase, type TestDatabase } from '@souk/testing';
import { reservationRules } from '../domain/reservation-rules.js';
import { InventoryCommandsConsumer } from '../messaging/inventory-commands.consumer.js';
import { PgStockBooks } from '../persistence/pg-stock-books.js';
import { ExpireReservations } from '../use-cases/expire-reservations.js';
import { ReceiveStock } from '../use-cases/receive-stock.js';

const MIGRATIONS = join(import.meta.dirname, '../../migrations');

export interface Published {
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

type Verb = 'reserve-stock.v1' | 'commit-reservation.v1' | 'release-reservation.v1' | 'return-stock.v1';
export type Lines = { sku: string; quantity: number }[];

/** Never two with the same id, so that the inbox could not absorb what the natural keys must. */
let sent = 0;

export function aCommand(type: Verb, orderId: string, lines: Lines, expiresAt?: Date): Delivery<never> {
  sent++;
  return {
    topic: 'inventory.commands.v1',
    partition: 0,
    offset: String(sent),
    key: orderId,
    id: `command-${sent}`,
    type,
    source: '/souk/order',
    time: '2030-06-01T12:00:00.000Z',
    data: {
      orderId,
      lines,
      ...(type === 'reserve-stock.v1' ? { expiresAt: (expiresAt ?? inMinutes(15)).toISOString() } : {}),
    },
  } as Delivery<never>;
}

export const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);

/** The service on a database of its own, driven through its handlers, without Kafka. */
export class InventoryDatabase {
  readonly books = new PgStockBooks();
  readonly commands = new InventoryCommandsConsumer(this.books, reservationRules);
  readonly #read = new Set<string>();

  private constructor(private readonly database: TestDatabase) {}

  static async create(name: string): Promise<InventoryDatabase> {
    return new InventoryDatabase(await createTestDatabase(name, MIGRATIONS));
  }

  get pool(): TestDatabase['pool'] {
    return this.database.pool;
  }

  get url(): string {
    return this.database.url;
  }

  drop(): Promise<void> {
    return this.database.drop();
  }

  async receive(receiptId: string, lines: Lines): Promise<void> {
    await new ReceiveStock(this.pool, () => undefined).execute({ receiptId, lines });
  }

  /** Handles the deliveries as one batch in one transaction. */
  async handle(...deliveries: Delivery<never>[]): Promise<void> {
    await withTransaction(this.pool, (tx) => this.commands.handle(deliveries, tx));
  }

  expireReservations(batch?: number): ExpireReservations {
    return new ExpireReservations({
      pool: this.pool,
      books: this.books,
      afterCommit: () => undefined,
      ...(batch === undefined ? {} : { batch }),
    });
  }

  async level(sku: string): Promise<{ available: number; reserved: number; committed: number } | undefined> {
    const { rows } = await this.pool.query('select available, reserved, committed from stock where sku = $1', [sku]);
    return rows[0];
  }

  /** Messages that came into the outbox since the last call, in order. */
  async published(): Promise<Published[]> {
    const { rows } = await this.pool.query('select id, topic, key, headers, value from outbox order by id');
    const fresh = rows.filter((row) => !this.#read.has(String(row.id)));
    fresh.forEach((row) => this.#read.add(String(row.id)));
    return fresh.map((row) => ({
      id: row.headers.ce_id,
      topic: row.topic,
      key: row.key,
      type: row.headers.ce_type,
      data: JSON.parse(row.value),
    }));
  }

  /** What inventory_app may do with tables that a migration made under the default privileges of `souk up`. */
  async appPrivileges(tables: string[]): Promise<Record<string, string[]>> {
    return withTransaction(this.pool, async (tx) => {
      await tx.query(`do $$ begin
          if not exists (select from pg_roles where rolname = 'inventory_app') then create role inventory_app; end if;
        end $$`);
      await tx.query('create schema as_deployed; set local search_path to as_deployed');
      await tx.query(
        'alter default privileges in schema as_deployed grant select, insert, update, delete on tables to inventory_app',
      );
      await tx.query(await readFile(join(MIGRATIONS, '0001_init.sql'), 'utf8'));
      const { rows } = await tx.query(
        `select t as table, array_agg(p order by p) filter (where has_table_privilege('inventory_app', t, p)) as granted
         from unnest($1::text[]) t, unnest('{select,insert,update,delete,truncate}'::text[]) p group by t`,
        [tables],
      );
      return Object.fromEntries(rows.map((row) => [row.table, row.granted]));
    });
  }

  /** Skus of which the books disagree. */
  async unbalanced(): Promise<unknown[]> {
    return (await this.pool.query('select * from stock_audit where not ok')).rows;
  }
}
