import { describe, expect, it } from '@jest/globals';
import type { Delivery } from '@souk/outbox';
import type { RefusalReason } from '../domain/reservation.js';
import { orderNo } from '../test/inventory.mother.js';
import { levelChanged, reservationMessage, stockReceived } from './inventory-messages.js';

const NOW = new Date('2030-06-01T12:00:00Z');
const refusedOf = (reason: RefusalReason, ...skus: string[]) =>
  reservationMessage(
    {
      orderId: orderNo(1),
      lines: skus.map((sku) => ({ sku, quantity: 1 })),
      outcome: { type: 'commit-refused', reason },
      short: [],
    },
    NOW,
  );

describe('the id of an answer', () => {
  it('is that of the fact: the same lines with the same outcome, in whatever order', () => {
    expect(refusedOf('expired', 'CUP', 'MUG').id).toBe(refusedOf('expired', 'MUG', 'CUP').id);
  });

  it('is another for a command that is sent again: who asks again has not heard', () => {
    const answer = {
      orderId: orderNo(1),
      lines: [{ sku: 'CUP', quantity: 1 }],
      outcome: { type: 'committed' },
      short: [],
    } as const;
    const idFor = (id: string) => reservationMessage(answer, NOW, { id } as Delivery).id;
    expect(idFor('first')).toBe(idFor('first'));
    expect(idFor('again')).not.toBe(idFor('first'));
  });

  it('differs for other lines and for another reason: consumers would drop the second', () => {
    const ids = [refusedOf('expired', 'CUP'), refusedOf('expired', 'MUG'), refusedOf('released', 'CUP')].map(
      ({ id }) => id,
    );
    expect(new Set(ids).size).toBe(3);
  });
});

describe('an event about stock', () => {
  const before = { sku: 'CUP', available: 5, reserved: 0, committed: 0, version: 6 };

  it('carries the version of the level, by which consumers know the newest', () => {
    const [changed] = levelChanged({ before, after: { ...before, available: 4, version: 7 } }, NOW);
    const received = stockReceived('r-1', { sku: 'CUP', quantity: 1, available: 5, version: 8 }, NOW);
    expect([changed?.aggregateVersion, received.aggregateVersion]).toEqual([7, 8]);
  });

  it('is not sent when nobody outside could see a difference', () => {
    expect(levelChanged({ before, after: { ...before, reserved: 1, version: 7 } }, NOW)).toEqual([]);
  });
});
