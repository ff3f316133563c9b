import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SqlFence } from '@souk/election';
import { type Queryable, withTransaction } from '@souk/outbox';
import { withSpan } from '@souk/observability';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { ATTENTION_AFTER, RemoteCalls } from '../persistence/remote-calls.js';
import { Deposed, SUPERVISOR, Supervision } from '../persistence/supervision.js';
import { UNFENCED } from '../persistence/supervision.naive.js';
import { aRequest, CLAIM_MS, type OrderDatabase, openOrderDatabase, OWNER } from '../test/order-database.js';
import { answered } from './order-process.js';
import { SagaSupervisor } from './saga-supervisor.js';

let db: OrderDatabase;
let epoch = 1;
beforeAll(async () => {
  db = await openOrderDatabase();
});
afterAll(() => db.close());

const alerts: object[] = [];
const logger = { warn: () => undefined, error: (fields: object) => void alerts.push(fields) };
const supervisor = () =>
  new SagaSupervisor({
    supervision: db.supervision,
    advanceOverdue: (leader) => db.overdue.execute(leader),
    tidyUp: async () => undefined,
    logger,
  });

/** An order whose stock is reserved, so that its authorisation is owed. */
async function aReservedOrder(): Promise<string> {
  const { body } = await db.placeOrder.execute({ userId: 'alice', idempotencyKey: uuidv7(), body: aRequest() });
  const step = answered({ type: 'stock.reserved.v1', parts: ['TEAPOT'] });
  await db.orders.one({ orderId: body.orderId, step, cause: {} });
  return body.orderId;
}

interface CallRow {
  readonly owner: string | null;
  readonly failure_count: number;
  readonly needs_attention: boolean;
}
const callOf = async (orderId: string) =>
  (await db.rows<CallRow>('select * from remote_calls where order_id = $1', orderId))[0];
const claimRunsOut = (orderId: string, failures = 0) =>
  db.pool.query(
    `update remote_calls set complete_by = now() - interval '1 ms', failure_count = $2 where order_id = $1`,
    [orderId, failures],
  );
const newLeader = async () => {
  epoch += 1;
  return new SqlFence({ db: db.pool, name: SUPERVISOR, holder: `supervisor-${epoch}` }).raise({ epoch });
};

describe('the supervisor', () => {
  it('SAS-3, SAS-5: frees a dead process’s call, and one of ten others claims it, once', async () => {
    const orderId = await aReservedOrder();
    await claimRunsOut(orderId);
    await supervisor().round(epoch);
    expect(await callOf(orderId)).toMatchObject({ owner: null, failure_count: 1, needs_attention: false });
    const others = Array.from({ length: 10 }, (_, i) => new RemoteCalls(db.pool, `agent-${i + 2}`));
    await Promise.all(others.map((calls) => calls.claim(100, CLAIM_MS)));
    const claimed = await Promise.all(others.map((calls) => calls.mine(100)));
    expect(claimed.flat().filter((call) => call.orderId === orderId)).toHaveLength(1);
    expect((await callOf(orderId))?.owner).not.toBe(OWNER);
  });

  it('SAS-5: asks for a person after many failures', async () => {
    const orderId = await aReservedOrder();
    await claimRunsOut(orderId, ATTENTION_AFTER - 1);
    await supervisor().round(epoch);
    expect(await callOf(orderId)).toMatchObject({ needs_attention: true });
    expect(alerts).toContainEqual(expect.objectContaining({ orderId, failureCount: ATTENTION_AFTER }));
  });

  it('SAS-9: sends a command again whose answer does not come, still in the trace of the order', async () => {
    const command = { userId: 'bob', idempotencyKey: uuidv7(), body: aRequest() };
    const { body } = await withSpan('request', {}, () => db.placeOrder.execute(command));
    await db.pool.query(
      `update sagas set due_at = now() - interval '1 s', state = replace(state::text, (state->'steps'->'reserve-stock'->>'due'), '1')::json
       where order_id = $1`,
      [body.orderId],
    );
    await supervisor().round(epoch);
    const sent = await db.rows<{ trace: string }>(
      `select split_part(headers->>'traceparent', '-', 2) as trace from outbox where key = $1 and headers->>'ce_type' = 'reserve-stock.v1'`,
      body.orderId,
    );
    expect(sent.map(({ trace }) => trace)).toEqual([sent[0]?.trace, sent[0]?.trace]);
  });
});

describe('a supervisor that wakes when another one leads', () => {
  it('LDR-2: changes nothing, whichever of its statements comes late', async () => {
    const orderId = await aReservedOrder();
    await claimRunsOut(orderId);
    const old = epoch;
    const before = await callOf(orderId);
    await newLeader();
    await expect(supervisor().round(old)).rejects.toThrow(Deposed);
    const until = new Date(Date.now() + 60_000);
    await expect(db.supervision.postpone(old, [{ orderId, cause: 'x' }], until)).rejects.toThrow(Deposed);
    await expect(withTransaction(db.pool, (tx) => db.supervision.check(tx, old))).rejects.toThrow(Deposed);
    expect(await callOf(orderId)).toEqual(before);
    expect(await db.rows('select 1 from sagas where stuck_since is not null')).toEqual([]);
    await supervisor().round(epoch);
    expect(await callOf(orderId)).toMatchObject({ owner: null });
  });

  it('LDR-2: is waited for while its transaction is under way, so that terms never overlap', async () => {
    const order: string[] = [];
    let raised: Promise<unknown> | undefined;
    await withTransaction(db.pool, async (tx) => {
      await db.supervision.check(tx, epoch);
      raised = newLeader().then(() => order.push('the new one leads'));
      await expect(Promise.race([raised, tx.query(`select pg_sleep(0.2), 'waits' as what`)])).resolves.toMatchObject({
        rows: [{ what: 'waits' }],
      });
      order.push('the old one commits');
    });
    await raised;
    expect(order).toEqual(['the old one commits', 'the new one leads']);
    expect(await overlaps()).toEqual([]);
  });

  it('without the fence (supervisor-unfenced) counts like the leader, and the terms show it', async () => {
    const orderId = await aReservedOrder();
    const old = epoch;
    await newLeader();
    await claimRunsOut(orderId);
    // Without names: those of the pool's connections are taken by the statements of the real one.
    const unnamed = { query: ({ text, values }: pg.QueryConfig) => db.pool.query(text, values) } as Queryable;
    await new Supervision(unnamed, UNFENCED).free(old, 100);
    expect(await callOf(orderId)).toMatchObject({ owner: null });
    expect(await overlaps()).toEqual([{ epoch: old }]);
  });

  /** Terms in which somebody wrote after a later one had begun. */
  const overlaps = () =>
    db.rows(
      `select epoch from leader_terms t where exists (
         select from leader_terms later where later.name = t.name and later.epoch > t.epoch and later.began_at < t.acted_at)`,
    );
});
