/** A trace as the trace store answers it, with times that a person can follow. */
import type { Span } from './span.ts';

export const TRACE = '0af7651916cd43dd8448eb211c80319c';
export const ORDER = '01a1fa76-0fd9-7639-94b4-88261f6a522a';

const BEGAN_MS = 1_795_209_600_000;

interface SpanWish extends Partial<Omit<Span, 'startNs' | 'endNs'>> {
  readonly at: number;
  readonly took: number;
}

/** A span by its number, that of its parent, and its times in milliseconds since the beginning of the trace. */
export function aSpan(id: number, parent: number | null, { at, took, ...overrides }: SpanWish): Span {
  const ns = (ms: number) => String(BigInt(Math.round((BEGAN_MS + ms) * 1_000)) * 1_000n);
  return {
    traceId: TRACE,
    spanId: spanId(id),
    parentSpanId: parent === null ? null : spanId(parent),
    name: `span ${id}`,
    kind: 'internal',
    service: 'order',
    startNs: ns(at),
    endNs: ns(at + took),
    status: { code: 'unset' },
    attributes: {},
    links: [],
    ...overrides,
  };
}

export function spanId(n: number): string {
  return n.toString(16).padStart(16, '0');
}

/** POST, its way through the broker to inventory, and the payment, in the order in which they happened to arrive. */
export function anOrder(): Span[] {
  return [
    aSpan(4, 3, {
      at: 20,
      took: 15,
      name: 'process inventory.commands.v1',
      kind: 'consumer',
      service: 'inventory',
      ...batched(),
    }),
    aSpan(1, null, { at: 0, took: 12.3, name: 'POST /api/orders', kind: 'server', service: 'gateway' }),
    aSpan(6, 5, { at: 62, took: 20, name: 'POST payment', kind: 'client' }),
    aSpan(2, 1, { at: 1.5, took: 9.8, name: 'POST /orders', kind: 'server' }),
    aSpan(3, 2, { at: 14, took: 3, name: 'send inventory.commands.v1', kind: 'producer' }),
    aSpan(5, 2, { at: 60, took: 40, name: 'payment authorise', status: { code: 'error', message: 'declined' } }),
  ];
}

export const BATCH_TRACE = 'f'.repeat(32);
export const BATCH_SPAN = spanId(99);

const batched = () => ({ links: [{ traceId: BATCH_TRACE, spanId: BATCH_SPAN }] });
