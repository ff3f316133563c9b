import type { ResilientState } from './figures.js';

type Reading = { labels: Record<string, string>; value: number }[];

/** Where metrics are read from when somebody looks; that of @souk/observability has this shape. */
export interface MetricsPort {
  counter(name: string, help: string, read: () => Reading): void;
  gauge(name: string, help: string, read: () => Reading): void;
}

const CIRCUITS = { closed: 0, open: 1, 'half-open': 2 } as const;

/** Shows the figures of these policies. */
export function exposeMetrics(metrics: MetricsPort, states: () => readonly ResilientState[]): void {
  const each = (values: (state: ResilientState) => Record<string, number>, label: string) => () =>
    states().flatMap((state) =>
      Object.entries(values(state)).map(([key, value]) => ({ labels: { policy: state.name, [label]: key }, value })),
    );
  const one = (value: (state: ResilientState) => number | undefined) => () =>
    states().flatMap((state) => {
      const found = value(state);
      return found === undefined ? [] : [{ labels: { policy: state.name }, value: found }];
    });
  const ofBreaker = (value: (state: ResilientState) => number) =>
    one((state) => (state.breaker === undefined ? undefined : value(state)));

  metrics.counter(
    'souk_calls_total',
    'Calls of a policy by what came of them.',
    each((one) => one.outcomes, 'outcome'),
  );
  metrics.counter(
    'souk_call_tries_total',
    'Tries that went out.',
    one(({ tries }) => tries),
  );
  metrics.counter(
    'souk_call_retries_total',
    'Tries after the first, by what went wrong before.',
    each((one) => one.retriesBy, 'fault'),
  );
  metrics.counter(
    'souk_call_fallbacks_total',
    'Calls that were answered by their fallback.',
    one(({ fallbacks }) => fallbacks),
  );
  metrics.gauge(
    'souk_circuit_state',
    '0 closed, 1 open, 2 half-open.',
    ofBreaker(({ circuit }) => CIRCUITS[circuit]),
  );
  metrics.gauge(
    'souk_circuit_forced',
    '1 while somebody holds it open or closed.',
    ofBreaker(({ breaker }) => (breaker?.forced === undefined ? 0 : 1)),
  );
  metrics.counter(
    'souk_circuit_changes_total',
    'How often a circuit became so.',
    each((one) => (one.breaker === undefined ? {} : one.changes), 'to'),
  );
  metrics.gauge(
    'souk_bulkhead_in_use',
    'Places that are taken.',
    one(({ bulkhead }) => bulkhead?.inUse),
  );
  metrics.gauge(
    'souk_bulkhead_places',
    'Places that there are; none told where they have no end. Those not in use are its reserve.',
    one(({ bulkhead }) => (bulkhead?.places === Infinity ? undefined : bulkhead?.places)),
  );
  metrics.gauge(
    'souk_bulkhead_queued',
    'Calls that wait for a place.',
    one(({ bulkhead }) => bulkhead?.queued),
  );
  metrics.counter(
    'souk_call_seconds_bucket',
    'Calls that took up to so long, waiting for a place included.',
    each(
      ({ seconds }) =>
        Object.fromEntries(
          seconds.buckets.map(([bound, count]) => [bound === Infinity ? '+Inf' : String(bound), count]),
        ),
      'le',
    ),
  );
  metrics.counter(
    'souk_call_seconds_total',
    'Time that they took together.',
    one(({ seconds }) => seconds.sum),
  );
}
