import type { Metrics } from '@souk/observability';

/** Upper bounds of the times that are told apart, in seconds. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** Of one method at one route. */
interface Series {
  readonly method: string;
  readonly route: string;
  readonly statuses: Map<string, number>;
  /** One more than SECONDS: the last for what took longer. Each request is in one of them. */
  readonly bins: number[];
  seconds: number;
}

/**
 * Pattern: Gateway Offloading. Rate, errors and duration of every route, in numbers since the start: a service needs no
 * instrumentation of its own for that.
 */
export class RequestMetrics {
  readonly #byRoute = new Map<string, Map<string, Series>>();

  constructor(metrics: Metrics) {
    const each =
      <T>(read: (series: Series) => readonly T[]) =>
      () =>
        [...this.#all()].flatMap(read);
    metrics.counter(
      'souk_http_requests_total',
      'Requests by route and class of status; gone: the connection ended before the answer.',
      each(counts),
    );
    metrics.counter(
      'souk_http_request_seconds_bucket',
      'Requests that were answered in this time; +Inf is all.',
      each(buckets),
    );
    metrics.counter(
      'souk_http_request_seconds_sum',
      'Time from the first to the last byte.',
      each(({ method, route, seconds }) => [{ labels: { method, route }, value: seconds }]),
    );
  }

  note(method: string, route: string, status: number | undefined, ms: number): void {
    const series = this.#seriesOf(method, route);
    const outcome = status === undefined ? 'gone' : `${Math.floor(status / 100)}xx`;
    series.statuses.set(outcome, (series.statuses.get(outcome) ?? 0) + 1);
    const seconds = ms / 1_000;
    series.seconds += seconds;
    let bin = 0;
    while (seconds > (SECONDS[bin] ?? Infinity)) bin++;
    series.bins[bin] = (series.bins[bin] ?? 0) + 1;
  }

  #seriesOf(method: string, route: string): Series {
    const methods = this.#byRoute.get(route) ?? new Map<string, Series>();
    if (methods.size === 0) this.#byRoute.set(route, methods);
    const known = methods.get(method);
    if (known !== undefined) return known;
    const bins = Array.from({ length: SECONDS.length + 1 }, () => 0);
    const made: Series = { method, route, statuses: new Map(), bins, seconds: 0 };
    methods.set(method, made);
    return made;
  }

  *#all(): Generator<Series> {
    for (const methods of this.#byRoute.values()) yield* methods.values();
  }
}

const counts = ({ method, route, statuses }: Series) =>
  [...statuses].map(([status, value]) => ({ labels: { method, route, status }, value }));

function buckets({ method, route, bins }: Series) {
  let value = 0;
  return bins.map((count, index) => {
    value += count;
    return { labels: { method, route, le: String(SECONDS[index] ?? '+Inf') }, value };
  });
}
