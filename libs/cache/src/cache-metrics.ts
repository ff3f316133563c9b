import type { CacheAside } from './cache-aside.js';
import type { Counters } from './counters.js';

type Reading = number | readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];

/** Where figures are announced that are read when somebody looks; `Metrics` of @souk/observability is one. */
export interface MetricSink {
  counter(name: string, help: string, read: () => Reading): void;
  gauge(name: string, help: string, read: () => Reading): void;
}

/** Announces what a cache tells about itself. */
export function cacheMetrics(sink: MetricSink, cache: CacheAside): void {
  const byKind = (name: string, help: string, pick: (counters: Readonly<Counters>) => number): void =>
    sink.counter(name, help, () =>
      cache.counters.all().map(([kind, counters]) => ({ labels: { kind }, value: pick(counters) })),
    );
  sink.counter('souk_cache_hits_total', 'Reads answered by a copy, by the level that had it.', () =>
    cache.counters.all().flatMap(([kind, { localHits, sharedHits }]) => [
      { labels: { kind, level: 'local' }, value: localHits },
      { labels: { kind, level: 'shared' }, value: sharedHits },
    ]),
  );
  byKind('souk_cache_misses_total', 'Reads that no level could answer.', ({ misses }) => misses);
  byKind('souk_cache_loads_total', 'Reads of the store.', ({ loads }) => loads);
  byKind('souk_cache_load_errors_total', 'Reads of the store that failed.', ({ loadErrors }) => loadErrors);
  byKind('souk_cache_outdated_total', 'Entries found that a change had outdated.', ({ outdated }) => outdated);
  byKind('souk_cache_unreadable_total', 'Entries found that did not parse.', ({ unreadable }) => unreadable);
  sink.counter('souk_cache_joined_total', "Reads that waited for another's load.", () => cache.stats().joined);
  sink.counter(
    'souk_cache_evictions_total',
    'Copies in the process that had to make room.',
    () => cache.stats().evictions,
  );
  sink.gauge('souk_cache_local_bytes', 'Size of the copies in the process.', () => cache.stats().bytes);
  sink.gauge('souk_cache_local_entries', 'Number of the copies in the process.', () => cache.stats().entries);
  const { shared } = cache;
  if (shared === undefined) return;
  sink.gauge('souk_cache_shared_up', 'Whether the shared level is asked.', () => (shared.stats().up ? 1 : 0));
  sink.counter('souk_cache_shared_errors_total', 'Calls to it that failed.', () => shared.stats().errors);
  sink.gauge('souk_cache_owed', 'Changes that it could not be told yet.', () => shared.stats().owed);
}
