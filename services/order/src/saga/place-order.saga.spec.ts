import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { toMarkdown } from '@souk/saga';
import { placeOrderSaga } from './place-order.saga.js';

describe('the saga of an order', () => {
  it('is drawn as it is (npm run generate writes docs/sagas)', () => {
    const page = join(import.meta.dirname, '../../../../docs/sagas/place-order.md');
    expect(readFileSync(page, 'utf8')).toBe(toMarkdown(placeOrderSaga));
  });

  it('CMP-1: names the undo of every step before that step can be asked for', () => {
    const untilPivot = placeOrderSaga.steps.slice(0, placeOrderSaga.steps.findIndex(({ pivot }) => pivot) + 1);
    expect(untilPivot.map(({ name, undo }) => [name, undo?.action.type])).toEqual([
      ['reserve-stock', 'release-reservation.v1'],
      ['authorise-payment', 'void'],
      ['commit-reservation', 'return-stock.v1'],
    ]);
  });
});
