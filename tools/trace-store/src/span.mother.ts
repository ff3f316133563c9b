/** Spans as a tracer sends them, and as they are kept. */
import type { Span } from './span.js';

export const TRACE = '0af7651916cd43dd8448eb211c80319c';
export const ORDER = '01a1fa76-0fd9-7639-94b4-88261f6a522a';

/** The nth trace id and span id. */
export const traceId = (n: number): string => n.toString(16).padStart(32, '0');
export const spanId = (n: number): string => n.toString(16).padStart(16, '0');

export const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

export function sentSpan(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    traceId: TRACE,
    spanId: spanId(1),
    name: 'POST /api/orders',
    kind: 2,
    startTimeUnixNano: '1795209600000000000',
    endTimeUnixNano: '1795209600012345678',
    attributes: [attribute('souk.order.id', ORDER)],
    ...overrides,
  };
}

/** An OTLP body with spans of one service. */
export function batchOf(spans: readonly unknown[], service = 'gateway'): string {
  const resource = { attributes: [attribute('service.name', service)] };
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'souk' }, spans }] }] });
}

export function aSpan(overrides: Partial<Span> = {}): Span {
  return {
    traceId: TRACE,
    spanId: spanId(1),
    parentSpanId: null,
    name: 'GET /api/orders/:id',
    kind: 'server',
    service: 'gateway',
    startNs: '1795209600000000000',
    endNs: '1795209600001000000',
    status: { code: 'unset' },
    attributes: {},
    links: [],
    events: [],
    resource: { 'service.name': 'gateway' },
    ...overrides,
  };
}
