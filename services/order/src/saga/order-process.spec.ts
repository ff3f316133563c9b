import { describe, expect, it } from '@jest/globals';
import { topics } from '@souk/contracts';
import type { Reply } from '@souk/saga';
import { messagesOf } from '../messaging/order-messages.js';
import { details, PAYMENT_ID } from '../test/order.mother.js';
import {
  answered,
  cancelled,
  type OrderChange,
  type OrderRecord,
  type OrderStep,
  overdue,
  place,
  returned,
  shipped,
} from './order-process.js';

const SKUS = ['TEAPOT', 'CUP'];
const NOON = Date.parse('2026-01-01T12:00:00Z');
const TTL_MS = 15 * 60_000;

const inventory = (type: string, parts = SKUS, reason?: string): Reply => ({
  type: `stock.${type}.v1`,
  parts,
  ...(reason && { reason }),
});
const reserved = inventory('reserved');
const authorised: Reply = { type: 'payment.authorised', result: PAYMENT_ID };
const committed = inventory('reservation-committed');
const released = inventory('reservation-released');
const captured: Reply = { type: 'payment.captured' };
const voided: Reply = { type: 'payment.voided' };

/** Plays a script of replies, one second each, and tells what happened in words. */
class Story {
  readonly log: string[] = [];
  #now = NOON;
  #record = this.#take(place(details(), new Date(NOON + TTL_MS), new Date(NOON)));

  hears(...replies: Reply[]): this {
    for (const reply of replies) this.#step(answered(reply), 1_000);
    return this;
  }

  cancel(): this {
    return this.#step(cancelled, 1_000);
  }

  does(step: OrderStep): this {
    return this.#step(step, 1_000);
  }

  later(ms: number): this {
    return this.#step(overdue, ms);
  }

  get order() {
    return this.#record.order;
  }

  #step(step: OrderStep, ms: number): this {
    this.#now += ms;
    this.#record = this.#take(step(this.#record, new Date(this.#now)));
    return this;
  }

  #take(change: OrderChange | undefined): OrderRecord {
    if (!change) return this.#record;
    for (const message of messagesOf(change, new Date(this.#now), {})) {
      const schema = Object.values(topics).find(({ name }) => name === message.topic.name)?.messages;
      expect(schema).toHaveProperty([message.type]);
      (schema as Record<string, { parse(data: unknown): unknown }>)[message.type]?.parse(message.data);
      this.log.push(`> ${message.type.replace('.v1', '')}`);
    }
    if (change.call) this.log.push(`call ${change.call.operation}`);
    this.log.push(...change.events.map(({ event }) => event.type));
    return change.record;
  }
}

const story = () => new Story();
const since = (before: Story, go: (story: Story) => Story) => {
  const length = before.log.length;
  return go(before).log.slice(length);
};

describe('place order', () => {
  it('goes through every step to confirmed', () => {
    const { log, order } = story().hears(reserved, authorised, committed, captured);
    expect(log).toEqual([
      '> order.placed',
      '> reserve-stock',
      'placed',
      'call authorise',
      'stock-reserved',
      '> commit-reservation',
      'payment-authorised',
      'call capture',
      'stock-committed',
      '> order.confirmed',
      'payment-captured',
      'confirmed',
    ]);
    expect(order).toMatchObject({ status: 'confirmed', paymentId: PAYMENT_ID });
  });

  it('waits for the answer to every line', () => {
    const half = story().hears(inventory('reserved', ['CUP']));
    expect(half.order.status).toBe('placed');
    expect(half.hears(inventory('reserved', ['TEAPOT'])).order.status).toBe('stock-reserved');
  });

  it('takes no notice of answers it has heard', () => {
    const once = story().hears(reserved, authorised);
    expect(since(once, (s) => s.hears(reserved, authorised, reserved))).toEqual([]);
  });

  it.each(['out-of-stock', 'unknown-sku'])('is rejected when stock is refused: %s', (reason) => {
    const { log, order } = story().hears(inventory('reservation-rejected', SKUS, reason));
    expect(log.slice(3)).toEqual(['> order.rejected', 'rejected']);
    expect(order).toMatchObject({ status: 'rejected', reason });
  });

  it('releases what was reserved when a part is refused', () => {
    const partly = story().hears(
      inventory('reserved', ['CUP']),
      inventory('reservation-rejected', ['TEAPOT'], 'out-of-stock'),
    );
    expect(partly.log.slice(3)).toEqual(['> release-reservation']);
    expect(partly.hears(inventory('reservation-released', ['CUP'])).order).toMatchObject({ reason: 'out-of-stock' });
  });

  it('releases the stock when the payment is declined, and is rejected after that', () => {
    const declined = story().hears(reserved, { type: 'payment.declined' });
    expect(declined.log.slice(5)).toEqual(['> release-reservation']);
    expect(declined.order.status).toBe('stock-reserved');
    expect(declined.hears(released).order).toMatchObject({ status: 'rejected', reason: 'payment-declined' });
  });

  it('CMP-5: gives the payment up after a minute and voids it, whatever has become of it', () => {
    const silent = story().hears(reserved);
    expect(since(silent, (s) => s.later(59_000))).toEqual([]);
    expect(since(silent, (s) => s.later(1_000))).toEqual(['> release-reservation', 'call void']);
    expect(silent.hears(released, voided).order).toMatchObject({ status: 'rejected', reason: 'payment-failed' });
  });

  it('CMP-9: sends no commit that could meet an expired reservation', () => {
    const inTime = place(details(), new Date(NOON + 31_000), new Date(NOON)).record;
    const after = answered(reserved)(inTime, new Date(NOON))?.record ?? inTime;
    expect(answered(authorised)(after, new Date(NOON + 999))?.commands).toMatchObject([
      { type: 'commit-reservation.v1' },
    ]);
    const refused = answered(authorised)(after, new Date(NOON + 1_000));
    expect(refused?.commands).toMatchObject([{ type: 'release-reservation.v1' }]);
    expect(refused?.call).toMatchObject({ operation: 'void', payload: { paymentId: PAYMENT_ID } });
  });

  it('CMP-9: is rejected when the reservation expires before the commit', () => {
    const expired = story().hears(reserved, inventory('reservation-expired'));
    expect(expired.log.slice(5)).toEqual(['call void']);
    expect(expired.hears(voided).order).toMatchObject({ status: 'rejected', reason: 'reservation-expired' });
  });

  it('returns the committed lines and voids the payment when the commit is refused in part', () => {
    const before = story().hears(reserved, authorised, inventory('reservation-committed', ['CUP']));
    const refused = since(before, (s) => s.hears(inventory('commit-refused', ['TEAPOT'], 'reservation-expired')));
    expect(refused).toEqual(['> return-stock', 'call void']);
    expect(before.hears(voided, inventory('returned', ['CUP'])).order).toMatchObject({
      status: 'rejected',
      reason: 'reservation-expired',
    });
  });

  it('asks inventory again after silence, with an id of its own', () => {
    const change = place(details(), new Date(NOON + TTL_MS), new Date(NOON));
    const again = overdue(change.record, new Date(NOON + 30_000));
    const ids = [change, again].map((made, i) => made && messagesOf(made, new Date(NOON + i), {}).at(-1)?.id);
    expect(again?.commands).toEqual(change.commands);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('return', () => {
  const sent = () => story().hears(reserved, authorised, committed, captured).does(shipped);

  it('of a shipped order is told to whom it concerns, and is over when money and stock are back', () => {
    const before = sent();
    expect(before.log.slice(-2)).toEqual(['> order.shipped', 'shipped']);
    expect(since(before, (s) => s.does(returned))).toEqual([
      '> order.return-requested',
      'call refund',
      'return-requested',
    ]);
    expect(since(before, (s) => s.hears({ type: 'payment.refunded' }, inventory('returned', ['CUP'])))).toEqual([
      'payment-refunded',
      'stock-returned',
    ]);
    expect(since(before, (s) => s.hears(inventory('returned', ['TEAPOT'])))).toEqual([
      '> order.refunded',
      'stock-returned',
      'refunded',
    ]);
  });

  it('CMP-3, SAS-11: again, and its answers again, change nothing', () => {
    const over = sent().does(returned).hears(inventory('returned'), { type: 'payment.refunded' });
    expect(over.order.status).toBe('refunded');
    const again = (s: Story) =>
      s.does(returned).does(shipped).hears(inventory('returned'), { type: 'payment.refunded' });
    expect(since(over, again)).toEqual([]);
  });

  it('goes back by no other road: the saga is over', () => {
    expect(since(sent().does(returned), (s) => s.later(3_600_000))).toEqual([]);
  });
});

describe('cancel', () => {
  it('CMP-6: undoes what was done, all at once, and ends as cancelled', () => {
    const asked = story().hears(reserved);
    expect(since(asked, (s) => s.cancel())).toEqual(['> release-reservation', 'call void', 'cancel-requested']);
    expect(asked.hears(voided).order.status).toBe('cancel-requested');
    expect(since(asked, (s) => s.hears(released))).toEqual(['> order.cancelled', 'cancelled']);
    expect(asked.order).toMatchObject({ outstanding: { refund: false, stock: [] } });
  });

  it('undoes a success that comes after its undo', () => {
    const asked = story().hears(reserved).cancel().hears(voided, released);
    expect(since(asked, (s) => s.hears(authorised))).toEqual(['call void']);
    expect(asked.order.status).toBe('cancelled');
  });

  it('CMP-7: after the commit is out is remembered and executed after the confirmation', () => {
    const asked = story().hears(reserved, authorised).cancel();
    expect(asked.log.slice(-1)).toEqual(['cancel-requested']);
    expect(since(asked, (s) => s.hears(committed, captured))).toEqual([
      'call capture',
      'stock-committed',
      '> order.confirmed',
      '> order.cancelled',
      'call refund',
      'payment-captured',
      'confirmed',
      'cancelled',
    ]);
  });

  it('with a refused commit costs nothing', () => {
    const asked = story().hears(reserved, authorised).cancel();
    asked.hears(inventory('commit-refused', SKUS, 'reservation-expired'), voided);
    expect(asked.order).toMatchObject({ status: 'cancelled', outstanding: { refund: false, stock: [] } });
  });

  it('of a confirmed order refunds it, and is over when money and stock are back', () => {
    const bought = story().hears(reserved, authorised, committed, captured);
    expect(since(bought, (s) => s.cancel())).toEqual(['> order.cancelled', 'call refund', 'cancelled']);
    expect(since(bought, (s) => s.hears(inventory('returned', ['CUP']), { type: 'payment.refunded' }))).toEqual([
      'stock-returned',
      'payment-refunded',
    ]);
    expect(since(bought, (s) => s.hears(inventory('returned', ['TEAPOT'])))).toEqual([
      '> order.refunded',
      'stock-returned',
      'refunded',
    ]);
    expect(since(bought, (s) => s.hears(inventory('returned'), { type: 'payment.refunded' }).cancel())).toEqual([]);
  });
});
