import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Principal } from '@souk/http';
import { v7 as uuidv7 } from 'uuid';
import { ATTENTION_AFTER, type RemoteCall } from '../persistence/remote-calls.js';
import { SagaRecords } from '../persistence/saga-records.js';
import { answered, cancelled } from '../saga/order-process.js';
import { SagaCensus } from '../saga/saga-census.js';
import { aRequest, CLAIM_MS, EPOCH, type OrderDatabase, openOrderDatabase } from '../test/order-database.js';
import { PAYMENT_ID } from '../test/order.mother.js';
import { LookAfterSagas } from './look-after-sagas.js';

let db: OrderDatabase;
let sagas: LookAfterSagas;
let records: SagaRecords;
const logged: object[] = [];
beforeAll(async () => {
  db = await openOrderDatabase();
  records = new SagaRecords(db.pool);
  sagas = new LookAfterSagas({ records, orders: db.orders, logger: { warn: (fields) => void logged.push(fields) } });
});
afterAll(() => db.close());

const operator: Principal = { sub: 'admin', roles: ['admin'] };
const reserved = { type: 'stock.reserved.v1', parts: ['TEAPOT'] };
const authorised = { type: 'payment.authorised', result: PAYMENT_ID };
const committed = { type: 'stock.reservation-committed.v1', parts: ['TEAPOT'] };
const captured = { type: 'payment.captured' };

async function anOrder(...replies: { type: string }[]): Promise<string> {
  const { body } = await db.placeOrder.execute({ userId: 'alice', idempotencyKey: uuidv7(), body: aRequest() });
  for (const reply of replies) await db.orders.one({ orderId: body.orderId, step: answered(reply), cause: {} });
  return body.orderId;
}
const owed = async (orderId: string): Promise<RemoteCall> => {
  const call = (await db.calls.mine(1_000)).find((one) => one.orderId === orderId);
  if (!call) throw new Error('no call is owed');
  return call;
};
const refusedForGood = async (orderId: string) => db.calls.handBack(await owed(orderId), 'no such payment', true);
const parkedIds = async () => (await sagas.list('parked', 200)).items.map(({ orderId }) => orderId);
const claimable = async (orderId: string) => {
  await db.calls.claim(1_000, CLAIM_MS);
  return (await db.calls.mine(1_000)).some((call) => call.orderId === orderId);
};
const eventsOf = async (orderId: string) =>
  (await db.rows<{ type: string }>('select type from order_events where order_id = $1 order by version', orderId)).map(
    ({ type }) => type,
  );
const sentTo = async (orderId: string, type: string) =>
  (await db.rows(`select 1 from outbox where key = $1 and headers->>'ce_type' = $2`, orderId, type)).length;
const silentFor = (orderId: string, attempts: number) =>
  db.pool.query(
    `update sagas set state = jsonb_set(state::jsonb, '{steps,reserve-stock,attempts}', to_jsonb($2::int))::json where order_id = $1`,
    [orderId, attempts],
  );

describe('a saga', () => {
  it('SAS-8: is parked when its call was refused for good, and nobody tries that again by himself', async () => {
    const orderId = await anOrder(reserved, authorised, committed);
    await refusedForGood(orderId);
    expect(await parkedIds()).toContain(orderId);
    const saga = await sagas.show(orderId);
    expect(saga).toMatchObject({ state: 'parked', waitsFor: 'capture', attempts: 1, cause: 'no such payment' });
    expect(saga.call).toMatchObject({ operation: 'capture', state: 'error', lastError: 'no such payment' });
    expect(saga.nextAt).toBeUndefined();
    expect(saga.byHand).toEqual([expect.stringContaining(`capture payment ${PAYMENT_ID}`)]);
    expect(await claimable(orderId)).toBe(false);
  });

  it('SAS-10: is parked when its call fails again and again, and goes on by itself all the same', async () => {
    const orderId = await anOrder(reserved);
    for (let failures = 1; failures <= ATTENTION_AFTER; failures++) {
      expect((await sagas.show(orderId)).state).toBe('running');
      await db.calls.handBack(await owed(orderId), 'down', false);
      await db.pool.query(`update remote_calls set complete_by = now() where order_id = $1`, [orderId]);
      await db.calls.claim(1_000, CLAIM_MS);
    }
    const saga = await sagas.show(orderId);
    expect(saga).toMatchObject({ state: 'parked', attempts: ATTENTION_AFTER, cause: 'down' });
    const nextIn = Date.parse(saga.nextAt ?? '') - Date.now();
    expect(nextIn).toBeGreaterThan(0);
    expect(nextIn).toBeLessThanOrEqual(CLAIM_MS);
    await db.orders.recordAnswer(await owed(orderId), authorised);
    expect((await sagas.show(orderId)).state).toBe('running');
  });

  it('is parked when a service does not answer, and when it cannot be moved at all', async () => {
    const [silent, broken] = [await anOrder(), await anOrder()];
    await silentFor(silent, 4);
    expect((await sagas.show(silent)).state).toBe('running');
    await silentFor(silent, 5);
    expect(await sagas.show(silent)).toMatchObject({
      state: 'parked',
      waitsFor: 'reserve-stock',
      cause: 'no answer to 5 requests',
    });
    await db.supervision.postpone(EPOCH, [{ orderId: broken, cause: 'cannot be read' }], new Date(Date.now() + 90_000));
    expect(await sagas.show(broken)).toMatchObject({ state: 'parked', cause: 'cannot be read' });
  });

  it('is finished when nothing is owed, and shows its steps', async () => {
    const orderId = await anOrder(reserved, authorised, committed, captured);
    await db.pool.query('delete from remote_calls where order_id = $1', [orderId]);
    const saga = await sagas.show(orderId);
    expect(saga).toMatchObject({ state: 'finished', phase: 'succeeded', byHand: [] });
    expect(saga.steps.map(({ name, state }) => [name, state])).toEqual([
      ['reserve-stock', 'done'],
      ['authorise-payment', 'done'],
      ['commit-reservation', 'done'],
      ['capture-payment', 'done'],
    ]);
    expect((await sagas.list('finished', 5)).items.map((one) => one.orderId)).toContain(orderId);
    expect((await sagas.list('running', 200)).items.map((one) => one.orderId)).not.toContain(orderId);
  });
});

describe('an operator who retries', () => {
  it('SAS-8: gives a refused call another chance, with no failures behind it, once for two at once', async () => {
    const orderId = await anOrder(reserved, authorised, committed);
    await refusedForGood(orderId);
    const both = await Promise.all([sagas.retry(orderId, operator), sagas.retry(orderId, { ...operator, sub: 'eve' })]);
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['resubmitted', 'unchanged']);
    const saga = await sagas.show(orderId);
    expect(saga).toMatchObject({ state: 'running', attempts: 0 });
    expect(saga.interventions).toHaveLength(1);
    expect(logged).toContainEqual(expect.objectContaining({ orderId, action: 'retry', outcome: 'resubmitted' }));
    expect(await claimable(orderId)).toBe(true);
    await db.orders.recordAnswer(await owed(orderId), captured);
    expect((await sagas.show(orderId)).orderStatus).toBe('confirmed');
  });

  it('has a message sent again at once, as if for the first time', async () => {
    const orderId = await anOrder();
    await silentFor(orderId, 7);
    expect((await sagas.retry(orderId, operator)).outcome).toBe('resubmitted');
    expect(await sentTo(orderId, 'reserve-stock.v1')).toBe(2);
    const [step] = (await sagas.show(orderId)).steps;
    expect(step).toMatchObject({ state: 'asked', attempts: 1 });
  });

  it('forgets the failures of a call that an agent is at, and leaves it to him; the second is told so', async () => {
    const orderId = await anOrder(reserved);
    await db.pool.query('update remote_calls set failure_count = 12, needs_attention = true where order_id = $1', [
      orderId,
    ]);
    const before = await owed(orderId);
    const outcomes = [await sagas.retry(orderId, operator), await sagas.retry(orderId, operator)];
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['resubmitted', 'unchanged']);
    expect(await sagas.show(orderId)).toMatchObject({ state: 'running', attempts: 0 });
    expect((await owed(orderId)).leftMs).toBeLessThanOrEqual(before.leftMs);
  });

  it('leaves one that cannot be moved to the supervisor, at once', async () => {
    const orderId = await anOrder();
    await db.supervision.postpone(EPOCH, [{ orderId, cause: 'cannot be read' }], new Date(Date.now() + 90_000));
    await sagas.retry(orderId, operator);
    expect((await db.timers.due(new Date(), 100)).map((due) => due.orderId)).toContain(orderId);
    expect((await sagas.show(orderId)).state).toBe('running');
  });

  it('changes nothing of one that gets on, and is told of one that does not exist', async () => {
    const orderId = await anOrder();
    expect((await sagas.retry(orderId, operator)).outcome).toBe('unchanged');
    expect(await sentTo(orderId, 'reserve-stock.v1')).toBe(1);
    expect((await sagas.show(orderId)).interventions).toEqual([]);
    await expect(sagas.retry(uuidv7(), operator)).rejects.toMatchObject({ code: 'order-not-found' });
    await expect(sagas.show('nonsense')).rejects.toMatchObject({ code: 'order-not-found' });
  });
});

describe('an operator who abandons', () => {
  it('has it undone before the pivot: the order is cancelled', async () => {
    const orderId = await anOrder();
    await silentFor(orderId, 5);
    expect((await sagas.abandon(orderId, operator, 'the shelf burnt')).outcome).toBe('compensating');
    expect(await eventsOf(orderId)).toEqual(['placed', 'cancel-requested']);
    expect(await sentTo(orderId, 'release-reservation.v1')).toBe(1);
    expect((await sagas.abandon(orderId, operator, 'again')).outcome).toBe('unchanged');
    const [event] = await db.rows<{ actor: string }>(
      `select actor from order_events where order_id = $1 and type = 'cancel-requested'`,
      orderId,
    );
    expect(event?.actor).toBe('user/admin');
    const released = { type: 'stock.reservation-released.v1', parts: ['TEAPOT'] };
    await db.orders.one({ orderId, step: answered(released), cause: {} });
    expect(await sagas.show(orderId)).toMatchObject({ state: 'finished', phase: 'failed', orderStatus: 'cancelled' });
    expect((await sagas.abandon(orderId, operator, 'and again')).outcome).toBe('unchanged');
    expect((await sagas.show(orderId)).interventions).toHaveLength(1);
  });

  it('ends all tries after the pivot, says what is left to do by hand, and can take it back', async () => {
    const orderId = await anOrder(reserved, authorised, committed);
    await refusedForGood(orderId);
    const { outcome, saga } = await sagas.abandon(orderId, operator, 'paid in cash');
    expect([outcome, saga.state, saga.nextAt]).toEqual(['abandoned', 'abandoned', undefined]);
    expect(saga.byHand).toEqual([expect.stringContaining('capture payment')]);
    expect(saga.interventions).toEqual([expect.objectContaining({ actor: 'user/admin', reason: 'paid in cash' })]);
    expect(await claimable(orderId)).toBe(false);
    expect(await db.supervision.free(EPOCH, 100)).toEqual([]);
    expect((await sagas.abandon(orderId, operator, 'again')).outcome).toBe('unchanged');
    expect((await sagas.retry(orderId, operator)).outcome).toBe('resubmitted');
    expect(await claimable(orderId)).toBe(true);
  });

  it('is not overruled by a customer who cancels what cannot be stopped any more', async () => {
    const orderId = await anOrder(reserved, authorised);
    await db.pool.query(
      `update sagas set state = jsonb_set(state::jsonb, '{steps,commit-reservation,attempts}', '5')::json where order_id = $1`,
      [orderId],
    );
    expect((await sagas.abandon(orderId, operator, 'the shelf burnt')).outcome).toBe('abandoned');
    await db.orders.one({ orderId, step: cancelled, cause: {} });
    expect((await eventsOf(orderId)).at(-1)).toBe('cancel-requested');
    expect(await sagas.show(orderId)).toMatchObject({ state: 'abandoned' });
    expect((await db.timers.due(new Date(Date.now() + 3_600_000), 100)).map((due) => due.orderId)).not.toContain(
      orderId,
    );
  });

  it('gives up a compensation that cannot proceed', async () => {
    const orderId = await anOrder(reserved);
    await db.orders.one({ orderId, step: cancelled, cause: {} });
    await refusedForGood(orderId);
    const { outcome, saga } = await sagas.abandon(orderId, operator, 'voided by phone');
    expect([outcome, saga.phase]).toEqual(['abandoned', 'compensating']);
    expect(saga.byHand).toEqual([
      expect.stringContaining('release-reservation.v1 for TEAPOT'),
      expect.stringContaining('void the payment'),
    ]);
  });

  it('may not abandon what gets on by itself', async () => {
    const orderId = await anOrder(reserved);
    await expect(sagas.abandon(orderId, operator, 'why not')).rejects.toMatchObject({ code: 'saga-not-parked' });
    expect(await eventsOf(orderId)).toEqual(['placed', 'stock-reserved']);
    await db.orders.one({ orderId, step: cancelled, cause: {} });
    await expect(sagas.abandon(orderId, operator, 'nor now')).rejects.toMatchObject({ code: 'saga-not-parked' });
  });
});

describe('what waits', () => {
  it('SAS-9: has a timer or an owed call, always: nothing is forgotten when a process dies', async () => {
    for (const replies of [[], [reserved], [reserved, authorised], [reserved, authorised, committed]])
      await anOrder(...replies);
    expect(
      await db.rows(
        `select s.order_id from sagas s left join remote_calls c using (order_id)
         where s.phase in ('forward', 'compensating') and s.due_at is null and c.order_id is null and s.abandoned_at is null`,
      ),
    ).toEqual([]);
  });

  it('is not among the finished ones, nor in their number', async () => {
    const finished = async () => (await sagas.list('finished', 1)).total;
    const before = await finished();
    const owes = await anOrder(reserved, authorised, committed);
    expect(await finished()).toBe(before);
    await refusedForGood(owes);
    await sagas.abandon(owes, operator, 'paid in cash');
    expect(await finished()).toBe(before);
    const done = await anOrder(reserved, authorised, committed);
    await db.orders.recordAnswer(await owed(done), captured);
    expect(await finished()).toBe(before + 1);
  });

  it('is counted, by what it needs', async () => {
    const before = await parkedIds();
    const orderId = await anOrder(reserved, authorised, committed);
    await refusedForGood(orderId);
    const shown = new Map<string, () => unknown>();
    const metrics = { gauge: (name: string, _help: string, read: () => unknown) => void shown.set(name, read) };
    const census = new SagaCensus(records, { term: { epoch: 3 } });
    census.addTo(metrics as never);
    expect(shown.get('souk_sagas_parked')?.()).toBe(0);
    await census.take();
    expect(shown.get('souk_sagas_parked')?.()).toBe(before.length + 1);
    expect(shown.get('souk_leader_epoch')?.()).toBe(3);
    expect(shown.get('souk_saga_oldest_seconds')?.()).toBeGreaterThan(0);
    expect(shown.get('souk_sagas')?.()).toContainEqual({
      labels: { phase: 'forward', state: 'parked' },
      value: expect.any(Number),
    });
  });
});
