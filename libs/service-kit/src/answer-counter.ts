import type { Metrics } from '@souk/observability';

const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** Counts answers by class of status, under the name that the gateway uses for its own, by route. */
export function answerCounter(metrics: Pick<Metrics, 'counter'>): (status: number) => void {
  const counts = CLASSES.map(() => 0);
  metrics.counter('souk_http_requests_total', 'Requests answered, by class of status.', () =>
    CLASSES.map((status, index) => ({ labels: { status }, value: counts[index] ?? 0 })),
  );
  return (status) => {
    const index = Math.floor(status / 100) - 1;
    counts[index] = (counts[index] ?? 0) + 1;
  };
}
