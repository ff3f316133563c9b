import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CodedError } from '@souk/http';
import { resilient } from '@souk/resilience';
import type { Reply } from '@souk/saga';
import { waitFor } from '@souk/testing';
import { v7 as uuidv7 } from 'uuid';
import { aRequest, CLAIM_MS, type OrderDatabase, openOrderDatabase } from '../test/order-database.js';
import { PAYMENT_ID } from '../test/order.mother.js';
import { answered } from './order-process.js';
import { CONCURRENCY, PaymentAgent } from './payment-agent.js';
import { PaymentRefused } from './payment-client.js';

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
const logger = { warn: () => undefined, error: () => undefined };

/** An agent in front of a payment provider that does what `carryOut` says. */
function startAgent(carryOut: (operation: string) => Promise<Reply>, calls = db.calls): PaymentAgent {
  const payment = { carryOut: ({ operation }: { operation: string }) => carryOut(operation) };
  const policy = resilient({ name: 'payment', timeoutMs: 1_000 });
  agent = new PaymentAgent({
    calls,
    claimMs: CLAIM_MS,
    payment,
    policy,
    record: db.orders.recordAnswer,
    wake: db.wake,
    logger,
  });
  agent.start();
  return agent;
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
const becomes = (orderId: string, status: string) =>
  waitFor(async () => (await statusOf(orderId)) === status, { what: `${orderId} to be ${status}` });

describe('the payment agent', () => {
  it('makes the call that a commit left for it, and records the answer', async () => {
    startAgent(async (operation) => ANSWERS[operation] ?? { type: 'unknown' });
    const orderId = await aReservedOrder();
    await becomes(orderId, 'payment-authorised');
    expect(await callOf(orderId)).toBeUndefined();
  });

  it('SAS-10: gives a failed call back, and one agent or another takes it up again after a pause', async () => {
    let failures = 1;
    startAgent(async () => {
      if (failures-- > 0) throw new CodedError('unavailable', 'payment-unavailable', 'down');
      return ANSWERS['authorise'] ?? { type: 'unknown' };
    });
    const orderId = await aReservedOrder();
    await waitFor(async () => (await callOf(orderId))?.owner === null, {
      what: 'the call to be given back',
    });
    await becomes(orderId, 'payment-authorised');
  });

  it('works off what was given back in an outage as fast as the provider answers, not so many a second', async () => {
    const orderIds = await Promise.all(Array.from({ length: 120 }, aReservedOrder));
    await db.rows(`update remote_calls set owner = null, complete_by = now() where order_id = any ($1)`, orderIds);
    const begun = performance.now();
    startAgent(async (operation) => ANSWERS[operation] ?? { type: 'unknown' });
    const open = `select 1 from orders where order_id = any ($1) and status <> 'payment-authorised'`;
    await waitFor(async () => (await db.rows(open, orderIds)).length === 0, { what: 'all of them' });
    // A claim of 32 each second needs three more after the first.
    expect(performance.now() - begun).toBeLessThan(2_800);
  });

  it('asks a provider that is away for so many calls a second and no more, however many are owed', async () => {
    const orderIds = await Promise.all(Array.from({ length: 120 }, aReservedOrder));
    await db.rows(`update remote_calls set owner = null, complete_by = now() where order_id = any ($1)`, orderIds);
    let asked = 0;
    startAgent(async () => {
      asked += 1;
      throw new CodedError('unavailable', 'payment-unavailable', 'down');
    });
    await waitFor(() => asked > 0, { what: 'the first of them' });
    await sleep(500);
    expect(asked).toBeLessThanOrEqual(2 * CONCURRENCY);
  });

  it('CMP-10: leaves a refused call to a person', async () => {
    startAgent(async () => {
      throw new PaymentRefused('never');
    });
    const orderId = await aReservedOrder();
    await waitFor(async () => (await callOf(orderId))?.needs_attention, {
      what: 'the call to need attention',
    });
    expect(await statusOf(orderId)).toBe('stock-reserved');
  });
});
