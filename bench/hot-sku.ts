import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { topics } from '@souk/contracts';
import type { KafkaRecord } from '@souk/kafka';
import { ConsumerHost, type TopicHandler } from '@souk/messaging';
import { encodeHeaders } from '@souk/outbox';
import { createLogger } from '@souk/observability';
import type pg from 'pg';
import { REPO_ROOT } from '../tools/cli/src/home.ts';
import type { BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { type BenchDatabase, createBenchDatabase } from './bench-database.ts';
import { conditionalUpdate, HOT, selectForUpdate } from './hot-sku-rivals.ts';
import { inTurns, median, type Pace, ratioOf } from './in-turns.ts';
import { cpuMs, shopProcesses } from './shop-processes.ts';
import { figureOf } from './verdict.ts';

const STOCK = 100_000_000;
/** Each caller with a connection of its own. More of either makes a hot row slower, not faster. */
const RIVAL_CONNECTIONS = 32;
const PARTITIONS = topics.inventoryCommands.partitions;
/** Records that one fetch finds in a partition when a sale is on. */
const RECORDS = 32;
const UNDER_WAY = PARTITIONS * RECORDS;
const SCARCE = 500;

/** One product that everybody wants: inventory's own consumer against a transaction a reservation. */
export async function measureHotSku(ctx: ShopContext, { say, quick }: BenchOptions): Promise<Figure[]> {
  const migrations = join(REPO_ROOT, 'services/inventory/migrations');
  const database = await createBenchDatabase(ctx.urls.PG_URL ?? '', 'hot_sku', migrations);
  try {
    const rivals = database.pool(RIVAL_CONNECTIONS);
    await stock(rivals, HOT, STOCK);
    const postgres = (await shopProcesses(ctx)).filter(({ name }) => name === 'postgres');
    const turns = { rounds: quick ? 1 : 5, seconds: quick ? 1 : 4, serverCpuMs: () => cpuMs(postgres) };
    say(`reservations of one sku in three ways in turns, ${turns.rounds} rounds of ${turns.seconds} s each`);
    const reserve = await inventory(database);
    await expectReserved(rivals, reserve);
    const ways = [
      { name: 'select-for-update', callers: RIVAL_CONNECTIONS, call: selectForUpdate(rivals) },
      { name: 'conditional', callers: RIVAL_CONNECTIONS, call: conditionalUpdate(rivals) },
      { name: 'inventory', callers: PARTITIONS, call: (partition: number) => reserve(partition, HOT) },
    ];
    const paces = await inTurns(ways, turns);
    say(`${SCARCE} units for ${10 * UNDER_WAY} who want one`);
    return [...figures(paces, turns.rounds), await oversold(rivals, reserve)];
  } finally {
    await database.drop();
  }
}

/** Messages that are given up are handled as well, and fast. */
async function expectReserved(pool: pg.Pool, reserve: Reserve): Promise<void> {
  const wished = await reserve(0, HOT);
  const { rowCount } = await pool.query(`select from reservations where sku = $1 and state = 'live'`, [HOT]);
  if (rowCount !== wished) throw new Error(`${rowCount} reservations came of ${wished} messages`);
}

type Reserve = (partition: number, sku: string) => Promise<number>;

/** The consumer of the service on its host, fed with what a fetch brings: schemas, inbox, ledger and events are all there. */
async function inventory(database: BenchDatabase): Promise<Reserve> {
  const consumer = await consumerOfInventory();
  const schemas = topics.inventoryCommands.messages;
  const host = new ConsumerHost({
    groupId: 'inventory',
    pool: database.pool(4),
    handlers: new Map([
      [topics.inventoryCommands.name, { schemas, handle: (deliveries, tx) => consumer.handle(deliveries, tx) }],
    ]),
    deadLetterTopic: topics.inventoryDeadLetters.name,
    afterCommit: () => undefined,
    logger: createLogger({ name: 'bench', level: 'warn' }),
  });
  let offset = 0;
  return async (partition, sku) => {
    await host.handle(Array.from({ length: RECORDS }, () => aCommand(partition, offset++, sku)));
    return RECORDS;
  };
}

/** Built as its module builds it; a bench knows a service by its files only. */
async function consumerOfInventory(): Promise<{ handle: TopicHandler }> {
  const load = (file: string): Promise<unknown> =>
    import(pathToFileURL(join(REPO_ROOT, 'services/inventory/dist', file)).href);
  const { reservationRules } = (await load('domain/reservation-rules.js')) as { reservationRules: object };
  const { PgStockBooks } = (await load('persistence/pg-stock-books.js')) as { PgStockBooks: new () => object };
  const { InventoryCommandsConsumer } = (await load('messaging/inventory-commands.consumer.js')) as {
    InventoryCommandsConsumer: new (books: object, rules: object) => { handle: TopicHandler };
  };
  return new InventoryCommandsConsumer(new PgStockBooks(), reservationRules);
}

function aCommand(partition: number, offset: number, sku: string): KafkaRecord {
  const orderId = randomUUID();
  const message = {
    topic: topics.inventoryCommands,
    key: orderId,
    type: 'reserve-stock.v1',
    data: undefined,
    id: randomUUID(),
    time: new Date(),
  };
  const expiresAt = new Date(Date.now() + 900_000).toISOString();
  const data = { orderId, lines: [{ sku, quantity: 1 }], expiresAt };
  const value = Buffer.from(JSON.stringify(data));
  const headers = encodeHeaders('/bench', message);
  return { topic: message.topic.name, partition, offset: String(offset), key: orderId, headers, value };
}

/** Far more wishes than units: whoever is late is refused, nothing is promised twice. */
async function oversold(pool: pg.Pool, reserve: Reserve): Promise<Figure> {
  const sku = 'SCARCE-SKU-1';
  await stock(pool, sku, SCARCE);
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  for (let turn = 0; turn < 10; turn++) await Promise.all(partitions.map((partition) => reserve(partition, sku)));
  const { rows } = await pool.query<{ promised: number; left: number }>(
    `select (select coalesce(sum(quantity), 0)::int from reservations where sku = $1 and state = 'live') as promised,
       available as left from stock where sku = $1`,
    [sku],
  );
  const { promised = Number.NaN, left = Number.NaN } = rows[0] ?? {};
  if (promised !== SCARCE) throw new Error(`${promised} of ${SCARCE} units promised, though far more were wished for`);
  if (promised + left !== SCARCE) throw new Error(`${promised} promised and ${left} left of ${SCARCE}`);
  const what = `promised beyond ${SCARCE} units, ${promised} promised`;
  return figureOf({ name: 'hot-sku.oversold', what, value: promised - SCARCE, unit: 'units', gate: 0 });
}

function figures(paces: ReadonlyMap<string, readonly Pace[]>, rounds: number): Figure[] {
  const of = (name: string): readonly Pace[] => paces.get(name) ?? [];
  const names = ['inventory', 'conditional', 'select-for-update'];
  const against = (rival: string, gate: number): Figure =>
    figureOf({
      name: `hot-sku.against-${rival}`,
      what: `reservations/s of inventory against ${rival} by ${RIVAL_CONNECTIONS} callers`,
      value: ratioOf(of('inventory'), of(rival)),
      unit: 'times',
      gate,
      atLeast: true,
      rival,
      rounds,
    });
  return [
    ...names.map((name) =>
      figureOf({
        name: `hot-sku.cpu.${name}`,
        what: 'client and PostgreSQL, a reservation',
        value: median(of(name).map(({ cpuUs }) => cpuUs)),
        unit: 'µs',
        rounds,
      }),
    ),
    ...names.map((name) =>
      figureOf({
        name: `hot-sku.rate.${name}`,
        what: 'with inbox, reservation and outbox rows',
        value: median(of(name).map(({ perSecond }) => perSecond)),
        unit: 'res/s',
        rounds,
      }),
    ),
    against('select-for-update', 30),
    against('conditional', 10),
  ];
}

async function stock(pool: pg.Pool, sku: string, units: number): Promise<void> {
  await pool.query('insert into stock (sku, available) values ($1, $2)', [sku, units]);
}
