import { afterEach, describe, expect, it } from '@jest/globals';
import { Metrics } from '@souk/observability';
import { ConsumerWatch } from './consumer-watch.js';
import type { ViewLag } from './freshness.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('CC-9: what the metrics tell of a consumer', () => {
  const watches: ConsumerWatch[] = [];
  afterEach(() => watches.splice(0).forEach((watch) => watch.beforeApplicationShutdown()));

  const lines = (lag: ViewLag, count: () => Promise<number>): (() => string[]) => {
    const metrics = new Metrics();
    const watch = new ConsumerWatch(
      metrics,
      { duplicates: 3, deadLetters: { count }, lag: () => lag },
      60_000,
      () => 9_500,
    );
    watches.push(watch);
    watch.onApplicationBootstrap();
    return () =>
      metrics
        .render()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'));
  };

  it('messages by topic, age, duplicates and dead letters', async () => {
    const read = lines({ messages: new Map([['a.v1', 4]]), asOf: new Date(8_000) }, async () => 2);
    await turn();
    expect(read()).toEqual([
      'souk_consumer_lag_messages{topic="a.v1"} 4',
      'souk_consumer_lag_seconds 1.5',
      'souk_consumer_duplicates_total 3',
      'souk_dead_letters 2',
    ]);
  });

  it('no age before it has caught up once, and the last count while the store is away', async () => {
    const read = lines({ messages: new Map(), asOf: undefined }, () => Promise.reject(new Error('away')));
    await turn();
    expect(read()).toEqual(['souk_consumer_duplicates_total 3', 'souk_dead_letters 0']);
  });
});
