import { describe, expect, it } from '@jest/globals';
import { readMetrics } from './prometheus.ts';
import { seriesIn, wantedOf } from './wanted.ts';

const TEXT = [
  '# HELP souk_calls_total Calls of a policy.',
  '# TYPE souk_calls_total counter',
  'souk_calls_total{policy="catalog",outcome="ok"} 7',
  'souk_calls_total{policy="catalog",outcome="failed"} 2',
  'souk_calls_total{policy="say \\"hi\\", {you}",outcome="ok"} 1',
  '# TYPE souk_circuit_state gauge',
  'souk_circuit_state{policy="catalog"} 0',
  'souk_circuit_state{policy="order"} 1',
  '# TYPE souk_outbox_depth gauge',
  'souk_outbox_depth 3.5',
  'souk_outbox_depth_of_others 99',
  '# TYPE souk_hits_total counter',
  '',
].join('\n');

describe("Prometheus' text", () => {
  it('is read with its labels, only what is wanted', () =>
    expect(readMetrics(TEXT, new Set(['souk_calls_total', 'souk_outbox_depth']))).toEqual(
      new Map([
        [
          'souk_calls_total',
          [
            { labels: { policy: 'catalog', outcome: 'ok' }, value: 7 },
            { labels: { policy: 'catalog', outcome: 'failed' }, value: 2 },
            { labels: { policy: 'say "hi", {you}', outcome: 'ok' }, value: 1 },
          ],
        ],
        ['souk_outbox_depth', [{ labels: {}, value: 3.5 }]],
      ]),
    ));
});

describe('the series of a process', () => {
  it('are sums over the label sets that are meant', () => {
    const series = (labels?: Record<string, string>) =>
      seriesIn(TEXT, [{ metric: 'souk_calls_total', as: 'x', ...(labels && { labels }) }]);
    expect(series()).toEqual({ x: 10 });
    expect(series({ outcome: 'ok' })).toEqual({ x: 8 });
    expect(series({ outcome: 'ok', policy: 'catalog' })).toEqual({ x: 7 });
  });

  it('are one for each value of a label where that is wanted', () =>
    expect(seriesIn(TEXT, [{ metric: 'souk_circuit_state', by: 'policy', as: 'breaker' }])).toEqual({
      'breaker.catalog': 0,
      'breaker.order': 1,
    }));

  it('are nothing of a metric that the process does not know, of one without readings, and of labels that none has', () => {
    expect(seriesIn(TEXT, [{ metric: 'souk_mistyped_total', as: 'x' }])).toEqual({});
    expect(seriesIn(TEXT, [{ metric: 'souk_hits_total', as: 'x' }])).toEqual({});
    expect(seriesIn(TEXT, [{ metric: 'souk_calls_total', as: 'x', labels: { policy: 'mistyped' } }])).toEqual({});
  });
});

describe('what is asked of processes', () => {
  it('is what is always looked at', () => {
    expect([...wantedOf([]).keys()]).toEqual(['order', 'inventory', 'gateway', 'ambassador']);
    const text = '# TYPE souk_outbox_age_seconds gauge\nsouk_outbox_age_seconds 4\n';
    expect(seriesIn(text, wantedOf([]).get('order') ?? [])).toEqual({ 'outbox.order': 4 });
  });

  it('and what the expectations need, each once', () => {
    const request = { from: 'metrics', process: 'payment', metric: 'm', labels: { a: 'b' }, as: 'x' } as const;
    const wanted = wantedOf([
      request,
      request,
      { ...request, process: 'gateway', as: 'y' },
      { from: 'link', link: 'l' },
    ]);
    expect(wanted.get('payment')).toEqual([{ metric: 'm', labels: { a: 'b' }, as: 'x' }]);
    expect(wanted.get('gateway')).toContainEqual({ metric: 'm', labels: { a: 'b' }, as: 'y' });
    expect(wantedOf([]).get('gateway')).toHaveLength(1);
  });
});
