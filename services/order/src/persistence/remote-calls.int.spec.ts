import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { answered } from '../saga/order-process.js';
import { aRequest, CLAIM_MS, EPOCH, type OrderDatabase, openOrderDatabase } from '../test/order-database.js';
import { RemoteCalls } from './remote-calls.js';
import { tidyUp } from './tidy-up.js';

let db: OrderDatabase;
beforeAll(async () => {
  db = await openOrderDatabase();
});
afterAll(() => db.close());

/** The authorisation that an order with reserved stock owes, claimed by the process that reserved it. */
async function anOwedCall(): Promise<string> {
  const { body } = await db.placeOrder.execute({ userId: 'alice', idempotencyKey: uuidv7(), body: aRequest() });
  const reply = { type: 'stock.reserved.v1', parts: ['TEAPOT'] };
  await db.orders.one({ orderId: body.orderId, step: answered(reply), cause: {} });
  return body.orderId;
}
const mine = async (calls = db.calls) => (await calls.mine(100)).map(({ orderId }) => orderId);
const callOf = async (orderId: string) =>
  (
    await db.rows<{ owner: string | null; wait: number }>(
      `select owner, extract(epoch from complete_by - now())::float8 * 1000 as wait from remote_calls where order_id = $1`,
      orderId,
    )
  )[0];
const runsOut = (orderId: string) =>
  db.pool.query(`update remote_calls set complete_by = now() - interval '1 ms' where order_id = $1`, [orderId]);

describe('a claimed call', () => {
  it('SAS-1: is its owner’s until the claim runs out, and nobody’s after that', async () => {
    const orderId = await anOwedCall();
    expect(await mine()).toContain(orderId);
    expect(await mine(new RemoteCalls(db.pool, 'somebody-else'))).not.toContain(orderId);
    await runsOut(orderId);
    expect(await mine()).not.toContain(orderId);
  });

  it('that runs is taken from nobody', async () => {
    const orderId = await anOwedCall();
    const thief = new RemoteCalls(db.pool, 'thief');
    await thief.claim(100, CLAIM_MS);
    expect(await mine(thief)).not.toContain(orderId);
  });

  it('that waits for its turn keeps its full time; one that has begun, and one of somebody else, do not', async () => {
    const [waiting, begun, others] = [await anOwedCall(), await anOwedCall(), await anOwedCall()];
    const soon = `update remote_calls set complete_by = now() + interval '1 s' where order_id = any($1)`;
    await db.pool.query(soon, [[waiting, begun, others]]);
    await db.pool.query(`update remote_calls set owner = 'somebody-else' where order_id = $1`, [others]);
    await db.calls.renew([begun], CLAIM_MS, 100);
    expect((await callOf(waiting))?.wait).toBeGreaterThan(CLAIM_MS - 2_000);
    expect((await callOf(begun))?.wait).toBeLessThan(1_000);
    expect((await callOf(others))?.wait).toBeLessThan(1_000);
  });

  it('that waits behind so many that are kept is nobody’s again, without a failure; one that has begun is not', async () => {
    const begun = await anOwedCall();
    const waiting = [await anOwedCall(), await anOwedCall(), await anOwedCall()];
    const owner = 'crowded';
    const crowded = new RemoteCalls(db.pool, owner);
    await db.pool.query(`update remote_calls set owner = $1 where order_id = any($2)`, [owner, [begun, ...waiting]]);
    expect(await crowded.renew([begun], CLAIM_MS, 2)).toBe(1);
    expect(await mine(crowded)).toEqual([begun, ...waiting.slice(0, 2)]);
    const [rest] = await db.rows('select owner, failure_count from remote_calls where order_id = $1', waiting[2]);
    expect(rest).toEqual({ owner: null, failure_count: 0 });
    expect(await crowded.claim(100, CLAIM_MS)).toBeGreaterThanOrEqual(1);
    expect(await mine(crowded)).toContain(waiting[2]);
  });

  it('is not given back by one who has lost it', async () => {
    const orderId = await anOwedCall();
    const call = (await db.calls.mine(100)).find((one) => one.orderId === orderId);
    if (!call) throw new Error('the call is not there');
    await runsOut(orderId);
    const heir = new RemoteCalls(db.pool, 'heir');
    await db.supervision.free(EPOCH, 100);
    await heir.claim(100, CLAIM_MS);
    await db.calls.handBack(call, 'too late', false);
    expect((await callOf(orderId))?.owner).toBe('heir');
  });

  it('that failed rests before it is tried again, longer with every failure', async () => {
    const orderId = await anOwedCall();
    const waits: number[] = [];
    for (const failures of [0, 3, 20]) {
      await db.pool.query(`update remote_calls set failure_count = $2, owner = 'agent-1' where order_id = $1`, [
        orderId,
        failures,
      ]);
      await db.calls.handBack({ orderId, operation: 'authorise', payload: {}, context: {}, leftMs: 1 }, 'down', false);
      waits.push((await callOf(orderId))?.wait ?? 0);
    }
    expect(waits[0]).toBeGreaterThan(300);
    expect(waits[1]).toBeGreaterThan(3_000);
    expect(waits[2]).toBeGreaterThan(25_000);
    expect(waits[2]).toBeLessThanOrEqual(30_000);
  });
});

describe('tidying up', () => {
  it('forgets keys after a day and inbox rows after eight, and nothing that is younger', async () => {
    const age = (table: string, column: string, name: string, hours: number) =>
      db.pool.query(`update ${table} set ${column} = now() - $2 * interval '1 hour' where ${name} = $1`, [
        `${hours} hours`,
        hours,
      ]);
    for (const hours of [23, 25, 190, 193]) {
      await db.pool.query(
        `insert into idempotency_keys (principal, route, key, body_hash, order_id, response)
         values ('u', 'r', $1, 'h', gen_random_uuid(), '{}')`,
        [`${hours} hours`],
      );
      await db.pool.query(`insert into inbox (consumer, message_id) values ('order', $1)`, [`${hours} hours`]);
      await age('idempotency_keys', 'created_at', 'key', hours);
      await age('inbox', 'received_at', 'message_id', hours);
    }
    expect(await tidyUp(db.pool)).toBe(4);
    expect(await db.rows(`select key from idempotency_keys where principal = 'u'`)).toEqual([{ key: '23 hours' }]);
    expect(await db.rows('select message_id as id from inbox order by 1')).toEqual([
      { id: '190 hours' },
      { id: '23 hours' },
      { id: '25 hours' },
    ]);
  });
});
