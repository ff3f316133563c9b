import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CodedError } from '@souk/http';
import { withSpan } from '@souk/observability';
import { resilient } from '@souk/resilience';
import type { Reply } from '@souk/saga';
import { waitFor } from '@souk/testing';
import { v7 as uuidv7 } from 'uuid';
import { ATTENTION_AFTER, RemoteCalls } from '../persistence/remote-calls.js';
import { aRequest, CLAIM_MS, type OrderDatabase, openOrderDatabase, OWNER } from '../test/order-database.js';
import { PAYMENT_ID } from '../test/order.mother.js';
import { answered } from './order-process.js';
import { PaymentAgent } from './payment-agent.js';
import { PaymentRefused } from './payment-client.js';
import { SagaSupervisor } from './saga-supervisor.js';

let db: OrderDatabase;
beforeAll(async () => {
  db = await openOrderDatabase();
});
afterAll(() => db.close());
let agent: PaymentAgent | undefined;
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
});

const ANSWERS: Record<string, Reply> = {
  authorise: { type: 'payment.authorised', result: PAYMENT_ID },
  capture: { type: 'payment.captured' },
};
const alerts: object[] = [];
const logger = { warn: () => undefined, error: (fields: object) => void alerts.push(fields) };

/** An agent in front of a payment provider that does what `carryOut` says. */
function startAgent(carryOut: (operation: string) => Promise<Reply>, calls = db.calls): PaymentAgent {
  const payment = { carryOut: ({ operation }: { operation: string }) => carryOut(operation) };
  const policy = resilient({ name: 'payment', timeoutMs: 1_000 });
  agent = new PaymentAgent({ calls, payment, policy, record: db.orders.recordAnswer, wake: db.wake, logger });
  agent.start();
  return agent;
}

function supervisorOf(calls: RemoteCalls) {
  const advanceOverdue = () => db.orders.advanceOverdue();
  return new SagaSupervisor({
    calls,
    claimMs: CLAIM_MS,
    agentWake: db.wake,
    advanceOverdue,
    tidyUp: async () => undefined,
    logger,
  });
}

/** An order whose stock is reserved, so that its authorisation is owed. */
async function aReservedOrder(): Promise<string> {
  const { body } = await db.placeOrder.execute({ userId: 'alice', idempotencyKey: uuidv7(), body: aRequest() });
  await db.orders.one({
    orderId: body.orderId,
    step: answered({ type: 'stock.reserved.v1', parts: ['TEAPOT'] }),
    cause: {},
  });
  return body.orderId;
}

const statusOf = async (orderId: string) =>
  (await db.rows<{ status: string }>('select status from orders where order_id = $1', orderId))[0]?.status;
const callOf = async (orderId: string) =>
  (
    await db.rows<{ owner: string | null; failure_count: number; needs_attention: boolean }>(
      'select * from remote_calls where order_id = $1',
      orderId,
    )
  )[0];
const claimRunsOut = (orderId: string) =>
  db.pool.query(`update remote_calls set complete_by = now() - interval '1 ms' where order_id = $1`, [orderId]);
const becomes = (orderId: string, status: string) =>
  waitFor(async () => (await statusOf(orderId)) === status, { timeoutMs: 5_000, what: `${orderId} to be ${status}` });

describe('the payment agent', () => {
  it('makes the call that a commit left for it, and records the answer', async () => {
    startAgent(async (operation) => ANSWERS[operation] ?? { type: 'unknown' });
    const orderId = await aReservedOrder();
    await becomes(orderId, 'payment-authorised');
    expect(await callOf(orderId)).toBeUndefined();
  });

  it('gives a failed call back, and the supervisor starts it again after a pause', async () => {
    let failures = 1;
    startAgent(async () => {
      if (failures-- > 0) throw new CodedError('unavailable', 'payment-unavailable', 'down');
      return ANSWERS['authorise'] ?? { type: 'unknown' };
    });
    const orderId = await aReservedOrder();
    await waitFor(async () => (await callOf(orderId))?.owner === null, {
      timeoutMs: 5_000,
      what: 'the call to be given back',
    });
    await claimRunsOut(orderId);
    await supervisorOf(db.calls).round();
    await becomes(orderId, 'payment-authorised');
  });

  it('leaves a refused call to a person', async () => {
    startAgent(async () => {
      throw new PaymentRefused('never');
    });
    const orderId = await aReservedOrder();
    await waitFor(async () => (await callOf(orderId))?.needs_attention, {
      timeoutMs: 5_000,
      what: 'the call to need attention',
    });
    expect(await statusOf(orderId)).toBe('stock-reserved');
  });
});

describe('the supervisor', () => {
  it('hands a dead process’s call to one of ten others, once', async () => {
    const orderId = await aReservedOrder();
    await claimRunsOut(orderId);
    const others = Array.from({ length: 10 }, (_, i) => new RemoteCalls(db.pool, `agent-${i + 2}`));
    const taken = await Promise.all(others.map((calls) => calls.reclaim(100, CLAIM_MS)));
    expect(taken.flat().filter((call) => call.orderId === orderId)).toHaveLength(1);
    expect(await callOf(orderId)).toMatchObject({ failure_count: 1 });
    expect((await callOf(orderId))?.owner).not.toBe(OWNER);
  });

  it('asks for a person after many failures', async () => {
    const orderId = await aReservedOrder();
    await db.pool.query('update remote_calls set failure_count = $2 where order_id = $1', [
      orderId,
      ATTENTION_AFTER - 1,
    ]);
    await claimRunsOut(orderId);
    await supervisorOf(db.calls).round();
    expect(await callOf(orderId)).toMatchObject({ needs_attention: true });
    expect(alerts).toContainEqual(expect.objectContaining({ orderId, failureCount: ATTENTION_AFTER }));
  });

  it('sends a command again whose answer does not come, still in the trace of the order', async () => {
    const command = { userId: 'bob', idempotencyKey: uuidv7(), body: aRequest() };
    const { body } = await withSpan('request', {}, () => db.placeOrder.execute(command));
    await db.pool.query(
      `update sagas set due_at = now() - interval '1 s', state = replace(state::text, (state->'steps'->'reserve-stock'->>'due'), '1')::json
       where order_id = $1`,
      [body.orderId],
    );
    await supervisorOf(db.calls).round();
    const sent = await db.rows<{ trace: string }>(
      `select split_part(headers->>'traceparent', '-', 2) as trace from outbox where key = $1 and headers->>'ce_type' = 'reserve-stock.v1'`,
      body.orderId,
    );
    expect(sent.map(({ trace }) => trace)).toEqual([sent[0]?.trace, sent[0]?.trace]);
  });
});
