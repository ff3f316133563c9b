import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { renderTrace, traceOf } from './render-trace.ts';
import type { Span } from './span.ts';
import { anOrder, aSpan, BATCH_SPAN, ORDER, spanId, TRACE } from './trace.mother.ts';

const rendered = (
  spans: readonly Span[],
  { width = 100, orderId = ORDER as string | null, related = [] as string[] } = {},
) =>
  renderTrace(
    traceOf({ traceId: TRACE, ...(orderId === null ? {} : { orderId }), spans, related }),
    width,
    new Map([[BATCH_SPAN, 12]]),
  )
    .map(stripVTControlCharacters)
    .join('\n');

describe('a trace on the terminal', () => {
  it('is a waterfall', () => {
    expect(rendered(anOrder())).toBe(
      `
  order 01a1fa76-0fd9-7639-94b4-88261f6a522a · trace 0af7651916cd43dd8448eb211c80319c
  ✔ complete · 6 spans of 3 services · 100.0 ms · 1 error

  service    span                                        offset ms   took ms
  gateway    POST /api/orders                                  0.0      12.3  ██▌
  order      └POST /orders                                     1.5       9.8  ██
  order       ├send inventory.commands.v1                     14.0       3.0    ▋
  inventory   │└process inventory.commands.v1 ↔ batch …       20.0      15.0      ███
  order       └✖ payment authorise                            60.0      40.0              ████████
  order        └POST payment                                  62.0      20.0              ████
  ✖ order payment authorise: declined`.slice(1),
    );
  });

  it.each([40, 72, 100, 160, 400])('fits a terminal of %d columns, down to 72 and up to 200', (width) => {
    const longest = Math.max(
      ...rendered(anOrder(), { width })
        .split('\n')
        .slice(3, -1)
        .map((line) => line.length),
    );
    expect(longest).toBeLessThanOrEqual(Math.min(200, Math.max(72, width)));
    expect(longest).toBeGreaterThan(60);
  });

  it('shows the size of the batch in which a message was handled, where there is room', () => {
    expect(rendered(anOrder(), { width: 140 })).toContain('process inventory.commands.v1 ↔ batch of 12');
    const linked = aSpan(1, null, {
      at: 0,
      took: 1,
      links: [1, 2].map((n) => ({ traceId: TRACE, spanId: spanId(n) })),
    });
    expect(rendered([linked], { orderId: null })).toContain('span 1 ↔ 2 links');
  });

  it('says what is missing', () => {
    const spans = [...anOrder(), aSpan(8, 7, { at: 90, took: 1 })];
    expect(rendered(spans)).toContain(`… incomplete: 1 parent of spans marked ? missing (${spanId(7)}) · 7 spans`);
    expect(rendered(spans)).toContain('? span 8');
  });

  it('is incomplete without the request that began the order', () => {
    const poll = [aSpan(1, null, { at: 0, took: 1, name: 'GET /api/orders/:id', kind: 'server' })];
    expect(rendered(poll)).toContain('incomplete: the request that began the order is missing');
    expect(rendered(poll, { orderId: null })).toContain('✔ complete · 1 span of 1 service · 1.0 ms');
  });

  it('names other traces of the order, and only the first errors', () => {
    expect(rendered(anOrder(), { related: ['a', 'b'] })).toContain('2 other traces of this order: a b');
    const failed = Array.from({ length: 7 }, (_, n) =>
      aSpan(n + 1, null, { at: n, took: 1, status: { code: 'error' } }),
    );
    expect(rendered(failed).split('\n').slice(-2)).toEqual(['  ✖ order span 5', '    and 2 more']);
  });

  it('draws something for a trace without any length', () => {
    expect(rendered([aSpan(1, null, { at: 0, took: 0 })], { orderId: null })).toMatch(/span 1 +0\.0 +0\.0 {2}▏$/);
  });
});
