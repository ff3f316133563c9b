import { expect, it } from '@jest/globals';
import { cacheMetrics } from './cache-metrics.js';
import type { MetricSink } from './cache-metrics.js';
import { aShop } from './test/cache.mother.js';

const read = (cache: Parameters<typeof cacheMetrics>[1]): Record<string, unknown> => {
  const figures: Record<string, unknown> = {};
  const announce: MetricSink['counter'] = (name, _help, value) => {
    figures[name.replace(/^souk_cache_|_total$/g, '')] = value();
  };
  cacheMetrics({ counter: announce, gauge: announce }, cache);
  return figures;
};

it('a cache tells what became of its reads, and how it stands', async () => {
  const { cache, card, put, shared, replica } = aShop();
  await Promise.all([card('a'), card('a')]);
  await card('a');
  await replica().card('a');
  await put('a', 'Apricot');
  shared.entries.set('{test:1}:card:b', { text: '?', endsAt: Infinity });
  await card('b');
  const kind = 'card';
  expect(read(cache)).toMatchObject({
    hits: [
      { labels: { kind, level: 'local' }, value: 1 },
      { labels: { kind, level: 'shared' }, value: 0 },
    ],
    misses: [{ labels: { kind }, value: 2 }],
    loads: [{ labels: { kind }, value: 2 }],
    load_errors: [{ labels: { kind }, value: 0 }],
    outdated: [{ labels: { kind }, value: 0 }],
    unreadable: [{ labels: { kind }, value: 1 }],
    joined: 1,
    evictions: 0,
    local_bytes: 0,
    local_entries: 0,
    shared_up: 1,
    shared_errors: 0,
    owed: 0,
  });
  await card('a');
  expect(read(cache)).toMatchObject({ outdated: [{ value: 1 }], local_entries: 1, local_bytes: expect.any(Number) });
});

it('a cache of one process says nothing about a shared level', () => {
  const figures = read(aShop().replica({ shared: undefined }).cache);
  expect(Object.keys(figures).filter((name) => /shared|owed/.test(name))).toEqual([]);
});
