import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { EVOLVE_VERSION, fold, type Order, type OrderEvent } from '../domain/order.js';
import * as mother from '../test/order.mother.js';

const { at, cancelledPaid, cancelRequested, path } = mother;

/** Every kind of state, by what led to it. */
const streams: Readonly<Record<string, readonly OrderEvent[]>> = {
  ...path,
  rejected: [...path.placed, { type: 'rejected', at: at(9), reason: 'out-of-stock' }],
  'cancel-requested': [...path['stock-committed'], cancelRequested],
  cancelled: [...path.confirmed, cancelledPaid, { type: 'stock-returned', at: at(9), skus: ['CUP'] }],
  refunded: [...path['return-requested'], { type: 'refunded', at: at(9) }],
};

const file = join(import.meta.dirname, '../../test/evolved-orders.json');
const kept = JSON.parse(readFileSync(file, 'utf8')) as { evolveVersion: number; orders: Record<string, Order> };

describe('the fold of events', () => {
  it('is what snapshots of this version hold (another fold: raise EVOLVE_VERSION and write test/evolved-orders.json anew)', () => {
    const orders = Object.fromEntries(Object.entries(streams).map(([name, events]) => [name, fold(events)]));
    expect({ evolveVersion: EVOLVE_VERSION, orders }).toEqual(kept);
  });

  it('ES-4: from any snapshot on is the fold of everything', () => {
    for (const events of Object.values(streams)) {
      for (let n = 1; n <= events.length; n++) {
        const snapshot = JSON.parse(JSON.stringify(fold(events.slice(0, n)))) as Order;
        expect(fold(events.slice(n), snapshot)).toEqual(fold(events));
      }
    }
  });
});
