import { describe, expect, it } from '@jest/globals';
import { BrokenBatch, parseBatch } from './otlp.js';
import { attribute, batchOf, ORDER, sentSpan, spanId, TRACE } from './span.mother.js';

const parseOne = (overrides: Record<string, unknown>) => parseBatch(batchOf([sentSpan(overrides)]))[0];

describe('an OTLP batch', () => {
  it('becomes spans with the name of their service', () => {
    expect(parseBatch(batchOf([sentSpan()], 'order'))).toEqual([
      {
        traceId: TRACE,
        spanId: spanId(1),
        parentSpanId: null,
        name: 'POST /api/orders',
        kind: 'server',
        service: 'order',
        startNs: '1795209600000000000',
        endNs: '1795209600012345678',
        status: { code: 'unset' },
        attributes: { 'souk.order.id': ORDER },
        links: [],
        events: [],
        resource: { 'service.name': 'order' },
      },
    ]);
  });

  it('may have fields that nobody here knows', () => {
    expect(parseOne({ flags: 257, traceState: '', droppedAttributesCount: 0 })?.name).toBe('POST /api/orders');
  });

  it('keeps values by their type, large integers as text', () => {
    const values = {
      text: { stringValue: 'x' },
      truth: { boolValue: false },
      small: { intValue: '12' },
      number: { intValue: 12 },
      large: { intValue: '9223372036854775807' },
      real: { doubleValue: 0.5 },
      list: { arrayValue: { values: [{ stringValue: 'a' }, { intValue: 2 }] } },
      map: { kvlistValue: { values: [] } },
      nothing: {},
    };
    const attributes = Object.entries(values).map(([key, value]) => ({ key, value }));
    expect(parseOne({ attributes })?.attributes).toEqual({
      text: 'x',
      truth: false,
      small: 12,
      number: 12,
      large: '9223372036854775807',
      real: 0.5,
      list: ['a', 2],
      map: '{"kvlistValue":{"values":[]}}',
      nothing: '{}',
    });
  });

  it('keeps parent, status, links and events', () => {
    const span = parseOne({
      parentSpanId: spanId(7).toUpperCase(),
      status: { code: 2, message: 'declined' },
      links: [{ traceId: TRACE, spanId: spanId(9), attributes: [] }],
      events: [{ name: 'exception', timeUnixNano: 5, attributes: [attribute('exception.message', 'no')] }],
    });
    expect(span).toMatchObject({
      parentSpanId: spanId(7),
      status: { code: 'error', message: 'declined' },
      links: [{ traceId: TRACE, spanId: spanId(9) }],
      events: [{ name: 'exception', timeNs: '5', attributes: { 'exception.message': 'no' } }],
    });
  });

  it.each(['', '0000000000000000', null, undefined])('takes the parent %j for none', (parentSpanId) => {
    expect(parseOne({ parentSpanId })?.parentSpanId).toBeNull();
  });

  it('cuts what is too long or too many', () => {
    const span = parseOne({
      name: 'n'.repeat(5_000),
      attributes: Array.from({ length: 100 }, (_, n) => attribute(`a${n}`, 'v'.repeat(5_000))),
      links: Array.from({ length: 500 }, (_, n) => ({ traceId: TRACE, spanId: spanId(n + 1) })),
    });
    expect(span?.name).toHaveLength(1_024);
    expect(Object.values(span?.attributes ?? {}).map((value) => String(value).length)).toEqual(Array(64).fill(1_024));
    expect(span?.links).toHaveLength(128);
  });

  it.each([
    ['no JSON', '{', 'not JSON'],
    ['another shape', '{"spans":[]}', 'resourceSpans'],
    ['a trace id that is too short', batchOf([sentSpan({ traceId: 'abc' })]), 'traceId: expected 32'],
    ['a trace id of zeros', batchOf([sentSpan({ traceId: '0'.repeat(32) })]), 'all zeros'],
    ['a span id that is no number', batchOf([sentSpan({ spanId: 'x'.repeat(16) })]), 'spanId'],
    ['no start', batchOf([sentSpan({ startTimeUnixNano: undefined })]), 'startTimeUnixNano'],
    ['an end before all time', batchOf([sentSpan({ endTimeUnixNano: -1 })]), 'endTimeUnixNano'],
    ['one bad span among good ones', batchOf([sentSpan(), sentSpan({ spanId: '' })]), 'spans.1.spanId'],
  ])('is refused as a whole for %s', (_why, body, detail) => {
    expect(() => parseBatch(body)).toThrow(BrokenBatch);
    expect(() => parseBatch(body)).toThrow(detail);
  });
});
