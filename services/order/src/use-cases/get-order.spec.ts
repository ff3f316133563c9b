import { describe, expect, it } from '@jest/globals';
import type { Queryable } from '@souk/outbox';
import type pg from 'pg';
import { fold, type OrderEvent } from '../domain/order.js';
import { OrderSignals } from '../persistence/order-signals.js';
import type { OrderStore } from '../persistence/order-store.js';
import { ORDER_ID, path } from '../test/order.mother.js';
import { GetOrder, POLL_MS } from './get-order.js';

const alice = { sub: 'alice', roles: [] };
const noDatabase = { query: async () => ({ rows: [] }) };

/** The order as each read finds it, the last for ever; `during` happens while the first read is under way. */
function ordersThatRead(during: (signals: OrderSignals) => void, ...states: (readonly OrderEvent[])[]) {
  const signals = new OrderSignals(noDatabase as unknown as pg.Pool);
  let reads = 0;
  const read = async () => {
    const events = states[Math.min(reads, states.length - 1)] ?? [];
    if (reads++ === 0) during(signals);
    return { version: events.length, order: fold(events) };
  };
  const store = { read } as unknown as OrderStore;
  return { orders: new GetOrder(noDatabase as unknown as Queryable, store, signals), reads: () => reads };
}

describe('waiting for an order', () => {
  it('misses no change that happens while it reads', async () => {
    const { orders } = ordersThatRead((signals) => signals.changed([ORDER_ID]), path.placed, path.confirmed);
    const started = performance.now();
    expect(await orders.execute(ORDER_ID, alice, 10_000)).toMatchObject({ status: 'confirmed' });
    expect(performance.now() - started).toBeLessThan(POLL_MS / 2);
  });

  it('looks again by itself when every signal was lost', async () => {
    const { orders } = ordersThatRead(() => undefined, path.placed, path.confirmed);
    expect(await orders.execute(ORDER_ID, alice, 10_000)).toMatchObject({ status: 'confirmed' });
  });

  it('ends with what the order is by then', async () => {
    const { orders } = ordersThatRead(() => undefined, path.placed);
    expect(await orders.execute(ORDER_ID, alice, 50)).toMatchObject({ status: 'placed' });
  });

  it('is not needed for a final state, nor by one who does not want to wait', async () => {
    for (const [events, waitMs] of [
      [path.confirmed, 10_000],
      [path.placed, 0],
    ] as const) {
      const { orders, reads } = ordersThatRead(() => undefined, events);
      await orders.execute(ORDER_ID, alice, waitMs);
      expect(reads()).toBe(1);
    }
  });
});
