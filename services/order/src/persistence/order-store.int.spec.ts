import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isTransient, type Queryable, withTransaction } from '@souk/outbox';
import type { Reply } from '@souk/saga';
import { waitFor } from '@souk/testing';
import { v7 as uuidv7 } from 'uuid';
import { answered, cancelled, place } from '../saga/order-process.js';
import { type OrderDatabase, openOrderDatabase, OWNER } from '../test/order-database.js';
import { details, PAYMENT_ID } from '../test/order.mother.js';
import { Contended, type Placement } from './order-store.js';

let db: OrderDatabase;
beforeAll(async () => {
  db = await openOrderDatabase();
});
afterAll(() => db.close());

const SKUS = details().lines.map(({ sku }) => sku);
const reserved: Reply = { type: 'stock.reserved.v1', parts: SKUS };
const authorised: Reply = { type: 'payment.authorised', result: PAYMENT_ID };
const cause = { correlationId: 'a-correlation', causationId: 'a-cause' };

function placement(overrides: Partial<Placement> = {}): Placement {
  const orderId = uuidv7();
  const now = new Date();
  const change = place(details({ orderId }), new Date(now.getTime() + 900_000), now);
  const links = { self: 'a', history: 'b', stream: 'c' };
  const response = { status: 202, body: { orderId, status: 'placed' as const, total: details().total, links } };
  const request = { principal: 'alice', route: 'POST /orders', key: orderId, bodyHash: 'a-hash' };
  return { change, request, response, cause, now, ...overrides };
}

async function aPlacedOrder(): Promise<string> {
  const item = placement();
  await db.store.place(db.pool, [item]);
  return item.change.record.order.orderId;
}

const step = (orderId: string, reply: Reply) => db.orders.one({ orderId, step: answered(reply), cause });
const messages = (orderId: string) =>
  db.rows<{ type: string; version: string | null }>(
    `select headers->>'ce_type' as type, headers->>'ce_aggregateversion' as version from outbox where key = $1 order by id`,
    orderId,
  );
const eventTypes = async (orderId: string) => (await db.store.facts(db.pool, orderId)).map(({ type }) => type);

describe('placing', () => {
  it('CMP-1: writes the order, its event, its saga and its messages in one statement, for many at once', async () => {
    const items = Array.from({ length: 20 }, () => placement());
    expect(await db.store.place(db.pool, items)).toEqual(items.map(() => true));
    for (const { change } of items) {
      const { orderId } = change.record.order;
      expect(await messages(orderId)).toEqual([
        { type: 'order.placed.v1', version: '1' },
        { type: 'reserve-stock.v1', version: null },
      ]);
      expect(await db.store.read(db.pool, orderId)).toMatchObject({
        version: 1,
        order: { status: 'placed', orderId },
      });
    }
  });

  it('writes nothing at all for a key that is taken, also inside one batch', async () => {
    const first = placement();
    const second = placement({ request: first.request });
    const third = placement();
    expect(await db.store.place(db.pool, [first, second, third])).toEqual([true, false, true]);
    expect(await db.store.place(db.pool, [placement({ request: first.request })])).toEqual([false]);
    expect(await messages(second.change.record.order.orderId)).toEqual([]);
    expect(await db.store.read(db.pool, second.change.record.order.orderId)).toBeUndefined();
  });

  it('leaves nothing behind when the transaction is rolled back', async () => {
    const item = placement();
    const work = withTransaction(db.pool, async (tx) => {
      await db.store.place(tx, [item]);
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await db.store.read(db.pool, item.change.record.order.orderId)).toBeUndefined();
    expect(await db.store.place(db.pool, [item])).toEqual([true]);
  });
});

describe('advancing', () => {
  it('SAS-2: appends events, claims the call and queues the messages with their cause', async () => {
    const orderId = await aPlacedOrder();
    await step(orderId, reserved);
    expect(await eventTypes(orderId)).toEqual(['placed', 'stock-reserved']);
    const correlations = 'select distinct correlation_id as id from order_events where order_id = $1';
    expect(await db.rows(correlations, orderId)).toEqual([{ id: cause.correlationId }]);
    const [call] = await db.rows(`select operation, owner, context from remote_calls where order_id = $1`, orderId);
    expect(call).toEqual({ operation: 'authorise', owner: OWNER, context: cause });
    await db.orders.one({ orderId, step: answered(authorised), cause, answered: 'authorise' });
    expect(await db.rows('select from remote_calls where order_id = $1', orderId)).toEqual([]);
    const [commit] = await db.rows<{ headers: object }>(
      `select headers from outbox where key = $1 order by id desc limit 1`,
      orderId,
    );
    expect(commit?.headers).toMatchObject({
      ce_type: 'commit-reservation.v1',
      ce_correlationid: cause.correlationId,
      ce_causationid: cause.causationId,
    });
  });

  it('takes several steps of one order in one write, each on the state before it', async () => {
    const orderId = await aPlacedOrder();
    const steps = [reserved, reserved, authorised].map((reply) => ({ orderId, step: answered(reply), cause }));
    expect(await withTransaction(db.pool, (tx) => db.orders.within(tx, steps))).toEqual([{ orderId, owesCall: true }]);
    expect(await eventTypes(orderId)).toEqual(['placed', 'stock-reserved', 'payment-authorised']);
  });

  it('changes nothing for repeats and for orders it does not know', async () => {
    const orderId = await aPlacedOrder();
    await step(orderId, reserved);
    const repeats = [orderId, uuidv7()].map((id) => ({ orderId: id, step: answered(reserved), cause }));
    expect(await withTransaction(db.pool, (tx) => db.orders.within(tx, repeats))).toEqual([]);
  });

  it('ES-2: serialises 50 concurrent cancels and answers: versions without gap, each fact once', async () => {
    const ids = await Promise.all([aPlacedOrder(), aPlacedOrder(), aPlacedOrder()]);
    const work = Array.from({ length: 50 }, (_, i) =>
      withTransaction(db.pool, (tx) => {
        // Every transaction names the orders in another order: the store must lock them in one.
        const mixed = [...ids.slice(i % 3), ...ids.slice(0, i % 3)];
        const wish = i % 2 === 0 ? cancelled : answered(reserved);
        return db.orders.within(
          tx,
          mixed.map((orderId) => ({ orderId, step: wish, cause })),
        );
      }),
    );
    // Beside them those that have no transaction and no lock.
    const now = new Date();
    const all = [...ids].reverse().map((orderId) => ({ orderId, step: cancelled, cause }));
    work.push(...Array.from({ length: 50 }, () => db.store.advance(db.pool, all, now)));
    await Promise.all(work);
    for (const orderId of ids) {
      const types = await eventTypes(orderId);
      expect(types?.filter((type) => type === 'cancel-requested')).toHaveLength(1);
      expect(types?.filter((type) => type === 'stock-reserved').length).toBeLessThanOrEqual(1);
      const versions = await db.rows<{ version: number }>(
        'select version from order_events where order_id = $1 order by 1',
        orderId,
      );
      expect(versions.map(({ version }) => version)).toEqual(types?.map((_, i) => i + 1));
    }
  });

  /** A database in which somebody else works on the order each time that it was read. */
  const meanwhile = (work: () => Promise<unknown>): Queryable => {
    const query = async (asked: { name: string }) => {
      const result = await db.pool.query(asked as never);
      if (asked.name === 'load-orders') await work();
      return result;
    };
    return { query: query as unknown as Queryable['query'] };
  };

  it('ES-2: takes a step again that was decided on what is no longer so, also after a change without an event', async () => {
    const [ours, others] = await Promise.all([aPlacedOrder(), aPlacedOrder()]);
    const work = [
      () => step(ours, reserved),
      () => db.rows('update orders set updated_at = now() where order_id = $1', ours),
    ];
    const steps = [ours, others].map((orderId) => ({ orderId, step: cancelled, cause }));
    const changed = await db.store.advance(
      meanwhile(() => work.shift()?.() ?? Promise.resolve()),
      steps,
      new Date(),
    );
    expect(work).toEqual([]);
    expect(changed.map(({ orderId }) => orderId).sort()).toEqual([ours, others].sort());
    expect(await eventTypes(ours)).toEqual(['placed', 'stock-reserved', 'cancel-requested']);
    expect(await eventTypes(others)).toEqual(['placed', 'cancel-requested']);
  });

  it('ES-2: gives up where others keep changing an order, so that it is tried later', async () => {
    const orderId = await aPlacedOrder();
    const busy = meanwhile(() => db.rows('update orders set updated_at = now() where order_id = $1', orderId));
    const error = await db.store
      .advance(busy, [{ orderId, step: answered(reserved), cause }], new Date())
      .catch((err: unknown) => err);
    expect(error).toBeInstanceOf(Contended);
    expect(isTransient(error)).toBe(true);
    expect(await eventTypes(orderId)).toEqual(['placed']);
    expect(await messages(orderId)).toHaveLength(2);
  });

  it('keeps a call that is owed when a call before it is answered late', async () => {
    const orderId = await aPlacedOrder();
    await step(orderId, reserved);
    await db.orders.one({ orderId, step: cancelled, cause });
    const owed = async () =>
      (await db.rows<{ operation: string }>('select operation from remote_calls where order_id = $1', orderId)).map(
        ({ operation }) => operation,
      );
    expect(await owed()).toEqual(['void']);
    await db.orders.one({ orderId, step: answered(authorised), cause, answered: 'authorise' });
    expect(await owed()).toEqual(['void']);
    await db.orders.one({ orderId, step: answered({ type: 'payment.voided' }), cause, answered: 'void' });
    expect(await owed()).toEqual([]);
  });

  it('sees what was committed while it waited for the lock', async () => {
    const orderId = await aPlacedOrder();
    const holder = await db.pool.connect();
    await holder.query('begin');
    await db.store.advance(holder, [{ orderId, step: answered(reserved), cause }], new Date());
    const waiting = db.orders.one({ orderId, step: answered(authorised), cause, answered: 'authorise' });
    const blocked = () =>
      db.rows(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
    await waitFor(async () => (await blocked()).length > 0, {
      what: 'the second transaction to wait',
    });
    await holder.query('commit');
    holder.release();
    await waiting;
    expect(await eventTypes(orderId)).toEqual(['placed', 'stock-reserved', 'payment-authorised']);
  });

  it('remembers with every step until when it waits', async () => {
    const orderId = await aPlacedOrder();
    const due = async () =>
      (
        await db.rows<{ due_at: Date | null; due: number | null }>(
          `select due_at, (select min((value->>'due')::float8) from json_each(state->'steps')) as due from sagas where order_id = $1`,
          orderId,
        )
      )[0];
    const seen: unknown[] = [];
    for (const reply of [reserved, authorised]) {
      await step(orderId, reply);
      const { due_at: stored, due: wanted } = (await due()) ?? {};
      expect(stored?.getTime()).toBe(wanted);
      seen.push(wanted);
    }
    expect(new Set(seen).size).toBe(2);
    await step(orderId, { type: 'stock.reservation-committed.v1', parts: SKUS });
    expect(await due()).toEqual({ due_at: null, due: null });
  });
});
