import { Metrics } from '@souk/observability';
import type { Outcome } from './caller.js';

/** Upper bounds in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const CIRCUITS = { closed: 0, open: 1, 'half-open': 2 } as const;

interface Histogram {
  readonly buckets: number[];
  sum: number;
  count: number;
}

/** What is known of an upstream right now. */
export interface UpstreamState {
  readonly name: string;
  readonly circuit: keyof typeof CIRCUITS;
}

type Labels = Readonly<Record<string, string>>;

/** Values by their labels, in the shape in which they are shown. */
class Labelled {
  readonly #values = new Map<string, { readonly labels: Labels; value: number }>();

  add(labels: Labels, by: number): void {
    const key = Object.values(labels).join(' ');
    const known = this.#values.get(key);
    if (known === undefined) this.#values.set(key, { labels, value: by });
    else known.value += by;
  }

  all = (): { labels: Labels; value: number }[] => [...this.#values.values()];
}

/** What the ambassador has done since its start, by upstream. */
export class Counts {
  readonly #requests = new Labelled();
  readonly #attempts = new Labelled();
  readonly #inFlight = new Labelled();
  readonly #seconds = new Map<string, Histogram>();
  generation = 0;
  reloadFailures = 0;

  began(upstream: string): void {
    this.#inFlight.add({ upstream }, 1);
  }

  ended(upstream: string, outcome: Outcome, ms: number): void {
    this.#inFlight.add({ upstream }, -1);
    this.#requests.add({ upstream, outcome }, 1);
    observe(this.#seconds, upstream, ms / 1_000);
  }

  attempted(upstream: string, outcome: Outcome): void {
    this.#attempts.add({ upstream, outcome }, 1);
  }

  /** Prometheus text. */
  render(upstreams: readonly UpstreamState[]): string {
    const metrics = new Metrics();
    const name = (rest: string): string => `souk_ambassador_${rest}`;
    const circuits = upstreams.map((one) => ({ labels: { upstream: one.name }, value: CIRCUITS[one.circuit] }));
    metrics.counter(name('requests_total'), 'Requests of the application by outcome.', this.#requests.all);
    metrics.counter(name('attempts_total'), 'Tries that went to the upstream by outcome.', this.#attempts.all);
    metrics.gauge(name('in_flight'), 'Requests under way.', this.#inFlight.all);
    metrics.gauge(name('breaker_state'), '0 closed, 1 open, 2 half-open.', () => circuits);
    metrics.gauge(name('config_generation'), 'Configurations put to use since the start.', () => this.generation);
    metrics.counter(name('reload_failures_total'), 'Configurations that could not be used.', () => this.reloadFailures);
    return `${metrics.render()}${this.#histogram(name('request_duration_seconds'))}`;
  }

  #histogram(name: string): string {
    const lines = [...this.#seconds].flatMap(([upstream, { buckets, sum, count }]) => [
      ...BUCKETS.map((le, index) => `${name}_bucket{upstream="${upstream}",le="${le}"} ${buckets[index] ?? 0}`),
      `${name}_bucket{upstream="${upstream}",le="+Inf"} ${count}`,
      `${name}_sum{upstream="${upstream}"} ${sum}`,
      `${name}_count{upstream="${upstream}"} ${count}`,
    ]);
    const head = [
      `# HELP ${name} From the first byte of a request to the head of its answer.`,
      `# TYPE ${name} histogram`,
    ];
    return [...head, ...lines, ''].join('\n');
  }
}

function observe(histograms: Map<string, Histogram>, upstream: string, seconds: number): void {
  const histogram = histograms.get(upstream) ?? { buckets: BUCKETS.map(() => 0), sum: 0, count: 0 };
  histograms.set(upstream, histogram);
  BUCKETS.forEach((le, index) => {
    if (seconds <= le) histogram.buckets[index] = (histogram.buckets[index] ?? 0) + 1;
  });
  histogram.sum += seconds;
  histogram.count += 1;
}
