import type { Span } from './span.ts';

const NS_PER_MS = 1_000_000;

/** A span with what it caused, in the order in which that began. */
export interface TraceNode {
  readonly span: Span;
  readonly children: readonly TraceNode[];
  /** Since the beginning of the trace. */
  readonly offsetMs: number;
  readonly durationMs: number;
  /** Its parent ought to be in the trace and is not. */
  readonly orphan: boolean;
}

export interface TraceTree {
  readonly roots: readonly TraceNode[];
  readonly durationMs: number;
  /** Epoch milliseconds at which the last span ended. */
  readonly endedAtMs: number;
  readonly spans: number;
  readonly services: readonly string[];
  readonly errors: readonly Span[];
  /** Ids of spans that others name as their parent and that are not here. */
  readonly missingParents: readonly string[];
}

/** Puts the spans of one trace in order. Clocks of several machines may disagree; nothing here depends on it. */
export function treeOf(spans: readonly Span[]): TraceTree {
  const sorted = [...spans].sort((a, b) => Number(BigInt(a.startNs) - BigInt(b.startNs)));
  const startNs = BigInt(sorted[0]?.startNs ?? 0);
  const endNs = sorted.reduce((latest, { endNs: end }) => (BigInt(end) > latest ? BigInt(end) : latest), startNs);
  const known = new Set(sorted.map(({ spanId }) => spanId));
  const orphans = new Set(sorted.filter((span) => isOrphan(span, known) && !isEntry(span, sorted)));
  const children = Map.groupBy(sorted, ({ parentSpanId }) => parentSpanId);
  const node = (span: Span): TraceNode => ({
    span,
    children: (children.get(span.spanId) ?? []).map(node),
    offsetMs: Number(BigInt(span.startNs) - startNs) / NS_PER_MS,
    durationMs: Math.max(0, Number(BigInt(span.endNs) - BigInt(span.startNs)) / NS_PER_MS),
    orphan: orphans.has(span),
  });
  return {
    roots: sorted.filter(({ parentSpanId }) => parentSpanId === null || !known.has(parentSpanId)).map(node),
    durationMs: Number(endNs - startNs) / NS_PER_MS,
    endedAtMs: Number(endNs) / NS_PER_MS,
    spans: sorted.length,
    services: [...new Set(sorted.map(({ service }) => service))],
    errors: sorted.filter(({ status }) => status.code === 'error'),
    missingParents: [...new Set([...orphans].map(({ parentSpanId }) => parentSpanId ?? ''))],
  };
}

function isOrphan({ parentSpanId }: Span, known: ReadonlySet<string>): boolean {
  return parentSpanId !== null && !known.has(parentSpanId);
}

/** A caller from outside may have a trace of its own; its span is not ours to have. */
function isEntry(span: Span, sorted: readonly Span[]): boolean {
  return span === sorted[0] && span.kind === 'server';
}
