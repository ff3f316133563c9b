import { describe, expect, it } from '@jest/globals';
import { renderTimeline, timelineOf } from './place-order.ts';

const event = (version: number, type: string, elapsedMs: number) => ({
  version,
  type,
  at: '2026-03-04T12:00:00.000Z',
  elapsedMs,
  detail: {},
});

describe('the timeline of an order', () => {
  it('reads as a sentence', () => {
    const events = [
      event(1, 'placed', 0),
      event(2, 'stock-reserved', 9.4),
      event(3, 'payment-authorised', 15),
      event(4, 'stock-committed', 19),
      event(5, 'payment-captured', 24),
      event(6, 'confirmed', 27.2),
    ];
    expect(renderTimeline(timelineOf({ orderId: '0193f5b0-1a2b-7c3d-8e4f-5a6b7c8d9e0f', events }))).toBe(
      'placed 0 ms → stock reserved 9 ms → payment authorised 15 ms → committed 19 ms → captured 24 ms → confirmed 27 ms',
    );
  });
});
