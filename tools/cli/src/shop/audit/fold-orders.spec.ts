import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REPO_ROOT } from '../../home.ts';
import { foldPublic, printOf, type StoredEvent } from './fold-orders.ts';

const at = (seconds: number): string => `2026-01-01T12:00:0${seconds}+00:00`;
const details = {
  userId: 'alice',
  lines: [{ sku: 'TEA', name: 'Tea', quantity: 2, unitPrice: { amount: 250, currency: 'EUR' } }],
  total: { amount: 500, currency: 'EUR' },
  address: { name: 'A', street: 'S', city: 'C', postalCode: 'P', country: 'DE' },
  paymentMethod: { type: 'card', token: 'secret' },
};
const stream = (...types: [string, object?][]): StoredEvent[] =>
  types.map(([type, data = {}], i) => ({
    version: i + 1,
    type,
    at: at(i),
    data: { ...(i === 0 && details), ...data },
  }));

describe('the public order that events tell of', () => {
  it('is what the contract says, without what is private', () => {
    const order = foldPublic('o', stream(['placed'], ['stock-reserved'], ['confirmed', { paymentId: 'p' }]));
    expect(order).toEqual({
      orderId: 'o',
      userId: 'alice',
      status: 'confirmed',
      version: 3,
      lines: details.lines,
      total: details.total,
      address: details.address,
      placedAt: '2026-01-01T12:00:00.000Z',
      updatedAt: '2026-01-01T12:00:02.000Z',
    });
  });

  it('stands where others last heard of it', () => {
    expect(foldPublic('o', stream(['placed'], ['stock-reserved']))).toMatchObject({ status: 'placed', version: 1 });
    expect(foldPublic('o', stream(['stock-reserved']))).toBeUndefined();
  });

  it('says why it was rejected, and what is still to come back', () => {
    expect(foldPublic('o', stream(['placed'], ['rejected', { reason: 'out-of-stock' }]))).toMatchObject({
      rejection: 'out-of-stock',
    });
    const cancelled = stream(
      ['placed'],
      ['cancelled', { outstanding: { refund: true, stock: ['TEA'] } }],
      ['stock-returned', { skus: ['TEA'] }],
    );
    expect(foldPublic('o', cancelled)).toMatchObject({ version: 2, outstanding: { refund: true, stock: true } });
    expect(
      foldPublic('o', [...cancelled, ...stream(['placed'], ['x'], ['y'], ['refunded']).slice(3)]),
    ).not.toHaveProperty('outstanding');
  });

  it('says when it was shipped and until when it can come back, by its own terms or those of before', () => {
    const sent = stream(['placed', { returnDays: 2 }], ['confirmed'], ['shipped']);
    const shippedAt = '2026-01-01T12:00:02.000Z';
    expect(foldPublic('o', sent)).toMatchObject({
      status: 'shipped',
      shippedAt,
      returnUntil: '2026-01-03T12:00:02.000Z',
    });
    const returning = stream(
      ['placed'],
      ['confirmed'],
      ['shipped'],
      ['return-requested', { outstanding: { refund: true, stock: ['TEA'] } }],
    );
    expect(foldPublic('o', returning.slice(0, 3))).toMatchObject({ returnUntil: '2026-01-15T12:00:02.000Z' });
    const asked = foldPublic('o', returning);
    expect(asked).toMatchObject({ status: 'return-requested', shippedAt, outstanding: { refund: true, stock: true } });
    expect(asked).not.toHaveProperty('returnUntil');
  });

  it('has the fields of the published sample', () => {
    const sample = JSON.parse(
      readFileSync(join(REPO_ROOT, 'contracts/samples/order.confirmed.v1.json'), 'utf8'),
    ) as object;
    expect(Object.keys(foldPublic('o', stream(['placed'], ['confirmed'])) ?? {}).sort()).toEqual(
      Object.keys(sample).sort(),
    );
  });

  it('has a print that the order of fields does not change, and everything else does', () => {
    expect(printOf({ version: 1, a: { b: 1, c: 2 } })).toEqual(printOf({ a: { c: 2, b: 1 }, version: 1 }));
    expect(printOf({ version: 1, a: [1, 2] }).print).not.toBe(printOf({ version: 1, a: [2, 1] }).print);
  });
});
