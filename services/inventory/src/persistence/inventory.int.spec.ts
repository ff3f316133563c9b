import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type PgTx, withTransaction } from '@souk/outbox';
import type pg from 'pg';
import { orderNo } from '../test/inventory.mother.js';
import { ExpireReservations } from '../use-cases/expire-reservations.js';
import { aCommand, inMinutes, InventoryDatabase, type Lines } from '../test/inventory-database.js';

let db: InventoryDatabase;
let next = 0;
let sku: string;
let order: string;

const lines = (quantity: number, of = sku): Lines => [{ sku: of, quantity }];
const reserve = (orderId: string, wanted: Lines, expiresAt?: Date) =>
  aCommand('reserve-stock.v1', orderId, wanted, expiresAt);
const commit = (orderId: string, wanted: Lines) => aCommand('commit-reservation.v1', orderId, wanted);
const release = (orderId: string, wanted: Lines) => aCommand('release-reservation.v1', orderId, wanted);
const giveBack = (orderId: string, wanted: Lines) => aCommand('return-stock.v1', orderId, wanted);
const answers = async () => (await db.published()).filter(({ topic }) => topic === 'inventory.reservations.v1');
const types = async () => (await answers()).map(({ type }) => type);

beforeAll(async () => {
  db = await InventoryDatabase.create('inventory');
});
afterAll(() => db?.drop());
beforeEach(async () => {
  next++;
  [sku, order] = [`SKU-${next}`, orderNo(next * 1_000)];
  await db.receive(`receipt-${next}`, lines(10));
  await db.published();
});

describe('the life of a reservation', () => {
  it('moves stock at each step, books it and publishes the answer with the new level', async () => {
    await db.handle(reserve(order, lines(3)));
    expect(await db.published()).toMatchObject([
      { type: 'stock.reserved.v1', key: order, data: { orderId: order, lines: lines(3) } },
      { type: 'stock.level-changed.v1', key: sku, data: { sku, available: 7 } },
    ]);
    await db.handle(commit(order, lines(3)));
    expect(await db.published()).toMatchObject([{ type: 'stock.reservation-committed.v1', data: { lines: lines(3) } }]);
    expect(await db.level(sku)).toEqual({ available: 7, reserved: 0, committed: 3 });
    await db.handle(giveBack(order, lines(3)));
    expect(await db.published()).toMatchObject([
      { type: 'stock.returned.v1' },
      { type: 'stock.level-changed.v1', data: { sku, available: 10 } },
    ]);
    const { rows } = await db.pool.query('select kind from ledger where sku = $1 order by id', [sku]);
    expect(rows.map(({ kind }) => kind)).toEqual(['receipt', 'reserve', 'commit', 'return']);
    expect(await db.unbalanced()).toEqual([]);
  });

  it('takes every step at once when the commands come in one batch, with one level event', async () => {
    await db.handle(reserve(order, lines(3)), reserve(orderNo(next * 1_000 + 1), lines(2)), commit(order, lines(3)));
    const published = await db.published();
    expect(published.map(({ type }) => type)).toEqual([
      'stock.reserved.v1',
      'stock.reserved.v1',
      'stock.reservation-committed.v1',
      'stock.level-changed.v1',
    ]);
    expect(await db.level(sku)).toEqual({ available: 5, reserved: 2, committed: 3 });
  });

  it('rejects what is short or unknown, as a whole', async () => {
    await db.handle(reserve(order, [...lines(11), { sku: 'NO-SUCH', quantity: 1 }]));
    const [answer] = await answers();
    expect(answer).toMatchObject({
      type: 'stock.reservation-rejected.v1',
      data: {
        reason: 'unknown-sku',
        short: [
          { sku, available: 10 },
          { sku: 'NO-SUCH', available: 0 },
        ],
      },
    });
    expect(await db.level(sku)).toEqual({ available: 10, reserved: 0, committed: 0 });
  });
});

describe('a batch', () => {
  it('is three statements, whatever its size', async () => {
    const names: unknown[] = [];
    await withTransaction(db.pool, (tx) => {
      const query = (statement: pg.QueryConfig) => {
        names.push(statement.name);
        return tx.query(statement);
      };
      const batch = [reserve(order, lines(3)), reserve(orderNo(next * 1_000 + 1), lines(2)), commit(order, lines(3))];
      return db.commands.handle(batch, { query } as PgTx);
    });
    expect(names).toEqual(['stock-lock', 'clock-and-reservations', 'stock-save']);
  });
});

describe('every command, twice', () => {
  it('changes nothing the second time and answers the same again, under an id that nobody has seen', async () => {
    const steps = [reserve, commit, giveBack];
    for (const step of steps) {
      await db.handle(step(order, lines(4)));
      const first = await answers();
      const level = await db.level(sku);
      await db.handle(step(order, lines(4)));
      const again = await answers();
      expect(again.map(({ type, data }) => ({ type, data }))).toEqual(first.map(({ type, data }) => ({ type, data })));
      expect(again.filter(({ id }) => first.some((one) => one.id === id))).toEqual([]);
      expect(await db.level(sku)).toEqual(level);
    }
    expect(await db.unbalanced()).toEqual([]);
  });

  it('holds for release and for a rejection, too', async () => {
    const other = orderNo(next * 1_000 + 1);
    await db.handle(reserve(order, lines(8)), reserve(other, lines(8)));
    const [, rejection] = await answers();
    await db.handle(release(order, lines(8)));
    const [released] = await answers();
    await db.handle(release(order, lines(8)), reserve(other, lines(8)));
    const repeated = await answers();
    expect(repeated.find(({ key }) => key === order)?.data).toEqual(released?.data);
    expect(repeated.find(({ key }) => key === other)?.data).toEqual(rejection?.data);
    expect(await db.level(sku)).toEqual({ available: 10, reserved: 0, committed: 0 });
  });
});

describe('commands out of order', () => {
  it('a release before its reserve bars the reserve', async () => {
    await db.handle(release(order, lines(1)));
    await db.handle(reserve(order, lines(1)));
    await db.handle(commit(order, lines(1)));
    expect(await answers()).toMatchObject([
      { type: 'stock.reservation-released.v1' },
      { type: 'stock.reservation-rejected.v1', data: { reason: 'expired', short: [] } },
      { type: 'stock.commit-refused.v1', data: { reason: 'unknown' } },
    ]);
    expect(await db.level(sku)).toEqual({ available: 10, reserved: 0, committed: 0 });
  });

  it('a release after the commit does nothing', async () => {
    await db.handle(reserve(order, lines(1)), commit(order, lines(1)), release(order, lines(1)));
    expect(await db.level(sku)).toEqual({ available: 9, reserved: 0, committed: 1 });
  });
});

describe('expiry, by the clock of the database', () => {
  /** Reserves and sets the expiry back: nothing here waits for time to pass. */
  const overdue = async (orderId: string): Promise<void> => {
    await db.handle(reserve(orderId, lines(2)));
    await db.pool.query(`update reservations set expires_at = now() - interval '1 second' where order_id = $1`, [
      orderId,
    ]);
    await db.published();
  };

  it('a reserve whose time is over is rejected', async () => {
    await db.handle(reserve(order, lines(1), inMinutes(-1)));
    expect(await answers()).toMatchObject([{ type: 'stock.reservation-rejected.v1', data: { reason: 'expired' } }]);
  });

  it('a reserve whose time ends while it waits for the stock is rejected', async () => {
    const expiresAt = new Date(Date.now() + 300);
    const handled = await withTransaction(db.pool, async (tx) => {
      await tx.query('select from stock where sku = $1 for update', [sku]);
      const waiting = db.handle(reserve(order, lines(2), expiresAt));
      await tx.query('select pg_sleep(extract(epoch from $1::timestamptz - clock_timestamp()) + 0.01)', [expiresAt]);
      return { waiting };
    });
    await handled.waiting;
    expect(await answers()).toMatchObject([{ type: 'stock.reservation-rejected.v1', data: { reason: 'expired' } }]);
  });

  it('CMP-9: the sweeper frees what is overdue and leaves the rest, in bounded batches', async () => {
    const orders = [1, 2, 3].map((n) => orderNo(next * 1_000 + n));
    for (const each of orders) await overdue(each);
    await db.handle(reserve(order, lines(1)));
    await db.published();
    const sweeper = db.expireReservations(2);
    expect([await sweeper.execute(), await sweeper.execute()]).toEqual([true, false]);
    const published = await db.published();
    expect(
      published
        .filter(({ type }) => type === 'stock.reservation-expired.v1')
        .map(({ key }) => key)
        .sort(),
    ).toEqual(orders);
    expect(await db.level(sku)).toEqual({ available: 9, reserved: 1, committed: 0 });
  });

  it('the sweeper wakes the relay for what it freed, and for nothing else', async () => {
    let woken = 0;
    const sweeper = new ExpireReservations({ pool: db.pool, books: db.books, afterCommit: () => void woken++ });
    await overdue(order);
    for (let sweep = 0; sweep < 2; sweep++) await sweeper.execute();
    expect(woken).toBe(1);
  });

  it('two sweepers at once free each line once', async () => {
    const orders = Array.from({ length: 5 }, (_, n) => orderNo(next * 1_000 + n));
    for (const each of orders) await overdue(each);
    await Promise.all([db.expireReservations().execute(), db.expireReservations().execute()]);
    expect(await types()).toEqual(orders.map(() => 'stock.reservation-expired.v1'));
    expect(await db.unbalanced()).toEqual([]);
  });

  it('a late commit is refused and frees the stock, whether or not the sweeper was there', async () => {
    await overdue(order);
    await db.handle(commit(order, lines(2)));
    expect(await answers()).toMatchObject([
      { type: 'stock.reservation-expired.v1' },
      { type: 'stock.commit-refused.v1', data: { reason: 'expired' } },
    ]);
    await db.expireReservations().execute();
    await db.handle(commit(order, lines(2)));
    expect(await types()).toEqual(['stock.commit-refused.v1']);
    expect(await db.level(sku)).toEqual({ available: 10, reserved: 0, committed: 0 });
  });
});

describe('receipts', () => {
  it('are booked once, whatever the order of their lines', async () => {
    const both = [...lines(5), { sku: `${sku}-B`, quantity: 1 }];
    await Promise.all([db.receive(`twice-${next}`, both), db.receive(`twice-${next}`, both.toReversed())]);
    expect(await db.level(sku)).toMatchObject({ available: 15 });
    expect((await db.published()).filter(({ type }) => type === 'stock.received.v1')).toHaveLength(2);
  });

  it('with other lines under the same id are refused', async () => {
    await db.receive(`other-${next}`, lines(5));
    await expect(db.receive(`other-${next}`, lines(6))).rejects.toMatchObject({
      code: 'receipt-conflict',
      kind: 'conflict',
    });
    expect(await db.level(sku)).toMatchObject({ available: 15 });
  });
});

describe('the schema', () => {
  it('refuses to oversell by itself', async () => {
    await expect(db.pool.query('update stock set available = available - 11 where sku = $1', [sku])).rejects.toThrow(
      /check/,
    );
  });

  it('lets the service append to the ledger and to the receipts, and no more', async () => {
    const privileges = await db.appPrivileges(['ledger', 'receipts', 'stock']);
    expect(privileges).toEqual({
      ledger: ['insert', 'select'],
      receipts: ['insert', 'select'],
      stock: ['delete', 'insert', 'select', 'update'],
    });
  });

  it('books no movement of a line twice, whatever the code above does', async () => {
    await db.handle(reserve(order, lines(1)));
    const again = `insert into ledger (order_id, sku, kind, quantity) values ($1, $2, 'reserve', 1)`;
    await expect(db.pool.query(again, [order, sku])).rejects.toThrow('ledger_order_movement');
  });

  it.each([
    ['a bucket', 'update stock set available = available - $2, reserved = reserved + $2 where sku = $1'],
    ['a reservation', `update reservations set quantity = quantity + $2 where sku = $1`],
    ['the end of a reservation', `update reservations set state = 'released' where sku = $1 and quantity > $2`],
  ])('shows in stock_audit when %s changed by itself', async (_, change) => {
    await db.handle(reserve(order, lines(2)));
    const client = await db.pool.connect();
    await client.query('begin');
    await client.query(change, [sku, 1]);
    const { rows } = await client.query('select ok from stock_audit where sku = $1', [sku]);
    await client.query('rollback');
    client.release();
    expect(rows).toEqual([{ ok: false }]);
  });

  it('shows in stock_audit when a movement was not booked', async () => {
    await db.pool.query('update stock set available = available - 1 where sku = $1', [sku]);
    expect(await db.unbalanced()).toMatchObject([{ sku, received: 10, available: 9, ledger_available: 10, ok: false }]);
    await db.pool.query('update stock set available = available + 1 where sku = $1', [sku]);
  });
});
