import type { Span } from './span.js';
import type { TraceSummary } from './span-store.js';

const NS_PER_MS = 1_000_000n;

/** One line about a trace; times in milliseconds, the start since the epoch. */
export function summaryOf({ traceId, spans, orderIds }: TraceSummary) {
  const first = spans.toSorted((a, b) => compareNs(a.startNs, b.startNs))[0];
  const start = BigInt(first?.startNs ?? 0);
  const end = spans.reduce((latest, { endNs }) => (BigInt(endNs) > latest ? BigInt(endNs) : latest), start);
  return {
    traceId,
    orderIds,
    name: first?.name ?? '',
    service: first?.service ?? '',
    startMs: Number(start / NS_PER_MS),
    durationMs: Number(end - start) / Number(NS_PER_MS),
    spans: spans.length,
    services: [...new Set(spans.map(({ service }) => service))].sort(),
    errors: spans.filter(({ status }) => status.code === 'error').length,
  };
}

const compareNs = (a: Span['startNs'], b: Span['startNs']): number => Number(BigInt(a) - BigInt(b));
