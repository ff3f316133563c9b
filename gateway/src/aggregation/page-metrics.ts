import type { MissingPart } from '@souk/contracts';
import type { Metrics } from '@souk/observability';

export type PartOutcome = 'ok' | MissingPart['reason'];

/** Upper bounds of the sizes that are told apart, in bytes. */
const SIZES = [1_024, 4_096, 16_384, 65_536, 262_144] as const;

interface Totals {
  count: number;
  seconds: number;
}

/** What pages are made of and how large they get, in numbers since the start. */
export class PageMetrics {
  readonly #parts = new Map<string, Totals>();
  readonly #aged = new Map<string, number>();
  readonly #sizes = new Map<string, number>();

  constructor(metrics: Metrics) {
    const parts = (read: (totals: Totals) => number) => () =>
      [...this.#parts].map(([key, totals]) => ({ labels: partLabels(key), value: read(totals) }));
    metrics.counter(
      'souk_page_parts_total',
      'Parts of pages that were asked for, by what came of it.',
      parts(({ count }) => count),
    );
    metrics.counter(
      'souk_page_part_seconds_total',
      'Time spent waiting for them.',
      parts(({ seconds }) => seconds),
    );
    metrics.counter('souk_page_parts_aged_total', 'Parts that were filled with their last good answer.', () =>
      [...this.#aged].map(([part, value]) => ({ labels: { part }, value })),
    );
    metrics.counter('souk_page_bytes_bucket', 'Pages up to this size; +Inf is all of them.', () => this.#buckets());
  }

  part(name: string, outcome: PartOutcome, ms: number): void {
    const key = `${name} ${outcome}`;
    const totals = this.#parts.get(key) ?? { count: 0, seconds: 0 };
    totals.count += 1;
    totals.seconds += ms / 1_000;
    this.#parts.set(key, totals);
  }

  aged(name: string): void {
    this.#aged.set(name, (this.#aged.get(name) ?? 0) + 1);
  }

  page(name: string, bytes: number): void {
    for (const limit of [...SIZES.filter((size) => bytes <= size), '+Inf']) {
      const key = `${name} ${limit}`;
      this.#sizes.set(key, (this.#sizes.get(key) ?? 0) + 1);
    }
  }

  #buckets() {
    return [...this.#sizes].map(([key, value]) => {
      const [page = '', le = ''] = key.split(' ');
      return { labels: { page, le }, value };
    });
  }
}

function partLabels(key: string): { part: string; outcome: string } {
  const [part = '', outcome = ''] = key.split(' ');
  return { part, outcome };
}
