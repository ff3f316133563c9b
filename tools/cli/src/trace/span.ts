/** A span as the trace store answers it. Times are nanoseconds since the epoch in decimal. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: string;
  readonly service: string;
  readonly startNs: string;
  readonly endNs: string;
  readonly status: { readonly code: string; readonly message?: string };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** A trace as the trace store answers it. `related`: ids of other traces that touch the same order. */
export interface TraceAnswer {
  readonly traceId: string;
  readonly orderId?: string;
  readonly spans: readonly Span[];
  readonly related?: readonly string[];
}

/** True for the request that begins an order; its trace is the order's own. */
export function beginsOrder({ kind, name }: Pick<Span, 'kind' | 'name'>): boolean {
  return kind === 'server' && (name === 'POST /api/orders' || name === 'POST /orders');
}
