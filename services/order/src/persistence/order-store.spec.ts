import { describe, expect, it } from '@jest/globals';
import type { PgTx } from '@souk/outbox';
import type { Reply } from '@souk/saga';
import { answered, cancelled, type OrderRecord, type OrderStep, place, shipped } from '../saga/order-process.js';
import { asFacts, details, PAYMENT_ID } from '../test/order.mother.js';
import { OrderStore } from './order-store.js';

const ID = '01930000-0000-7000-8000-0000000000ab';
const NOW = new Date('2026-01-01T12:00:00.000Z');
const parts = details().lines.map(({ sku }) => sku);
const UNTIL_THE_CAPTURE: readonly Reply[] = [
  { type: 'stock.reserved.v1', parts },
  { type: 'payment.authorised', result: PAYMENT_ID },
  { type: 'stock.reservation-committed.v1', parts },
];
const CAPTURED: Reply = { type: 'payment.captured' };

interface Written {
  readonly order_id: string;
  readonly moves: boolean;
}

/** A database that holds one order, after these answers. It takes ids as PostgreSQL does: in any case. */
function databaseWith(replies: readonly Reply[], hasSaga = true) {
  const placed = place(details({ orderId: ID }), new Date(NOW.getTime() + 900_000), NOW);
  const events = placed.events.map(({ event }) => event);
  let record: OrderRecord = placed.record;
  for (const reply of replies) {
    const change = answered(reply)(record, NOW);
    events.push(...(change?.events.map(({ event }) => event) ?? []));
    record = change?.record ?? record;
  }
  const state = hasSaga ? record.saga : null;
  const loaded = { order_id: ID, xmin: '7', version: record.version, snapshot: null, events: asFacts(events), state };
  const written: Written[] = [];
  const query = async ({ name, values }: { name: string; values: [string & string[]] }) => {
    if (name === 'change-orders') written.push(...(JSON.parse(values[0]) as Written[]));
    const isAsked = name === 'change-orders' || values[0].some((id) => id.toLowerCase() === ID);
    return { rows: isAsked ? [loaded] : [] };
  };
  return { tx: { query } as unknown as PgTx, written };
}

const store = new OrderStore({ owner: 'agent-1', claimMs: 10_000 });
const advance = (tx: PgTx, orderId: string, step: OrderStep) => store.advance(tx, [{ orderId, step, cause: {} }], NOW);
const movedBy = async (replies: readonly Reply[], step: OrderStep) => {
  const { tx, written } = databaseWith(replies);
  await advance(tx, ID, step);
  return written.map(({ moves }) => moves);
};

describe('a step', () => {
  it('is never lost in silence: an order under another spelling, or without its saga, is an error', async () => {
    const { tx, written } = databaseWith([]);
    await expect(advance(tx, ID.toUpperCase(), cancelled)).rejects.toThrow('is there under another spelling');
    await expect(advance(databaseWith([], false).tx, ID, cancelled)).rejects.toThrow(`order ${ID} has no saga`);
    expect(await advance(tx, details().orderId, cancelled)).toEqual([]);
    expect(written).toEqual([]);
    expect(await advance(tx, ID, cancelled)).toEqual([{ orderId: ID, owesCall: false }]);
  });

  it('leaves the row of a saga that it does not move as an operator has left it', async () => {
    expect(await movedBy([], cancelled)).toEqual([true]);
    expect(await movedBy(UNTIL_THE_CAPTURE, cancelled)).toEqual([false]);
    expect(await movedBy([...UNTIL_THE_CAPTURE, CAPTURED], shipped)).toEqual([false]);
  });

  it('moves the saga where it owes a call, or has the answer of one', async () => {
    expect(await movedBy([...UNTIL_THE_CAPTURE, CAPTURED], cancelled)).toEqual([true]);
    const { tx, written } = databaseWith([...UNTIL_THE_CAPTURE, CAPTURED]);
    const repeat = { orderId: ID, step: answered(CAPTURED), cause: {}, answered: 'capture' };
    await store.advance(tx, [repeat], NOW);
    expect(written.map(({ moves }) => moves)).toEqual([true]);
  });
});
