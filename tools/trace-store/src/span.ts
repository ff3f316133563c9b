export type AttributeValue = string | number | boolean | readonly (string | number | boolean)[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

export type SpanKind = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** A span as it is kept and answered. Times are nanoseconds since the epoch in decimal, too large for a number. */
export interface Span {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** null for the first span of a trace. */
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: SpanKind;
  readonly service: string;
  readonly startNs: string;
  readonly endNs: string;
  readonly status: { readonly code: 'unset' | 'ok' | 'error'; readonly message?: string };
  readonly attributes: Attributes;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly events: readonly { readonly name: string; readonly timeNs: string; readonly attributes: Attributes }[];
  readonly resource: Attributes;
}

/** The attribute by which the trace of an order is found. */
const ORDER_ID = 'souk.order.id';
const MAX_ORDERS_PER_SPAN = 64;

/** The orders a span is about: one, or several where it handles a batch. */
export function ordersOf({ attributes }: Pick<Span, 'attributes'>): string[] {
  const value = attributes[ORDER_ID];
  const ids = Array.isArray(value) ? value : [value];
  return ids.filter((id) => typeof id === 'string' && id !== '').slice(0, MAX_ORDERS_PER_SPAN);
}

/** True for the request that begins an order: a trace with it is the order's own, not that of somebody who looks at it. */
export function beginsOrder({ name, kind }: Pick<Span, 'name' | 'kind'>): boolean {
  return kind === 'server' && (name === 'POST /api/orders' || name === 'POST /orders');
}
