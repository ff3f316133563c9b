import { describe, expect, it } from '@jest/globals';
import type { Observations } from '../run/observations.ts';
import { growth, watchedCharts } from './counters.ts';
import { frameOf } from './frame.ts';

const series = (...values: (number | undefined)[]) => values.map((value, index) => ({ at: index * 2_000, value }));
const values = (...counter: (number | undefined)[]) => growth(series(...counter)).map(({ value }) => value);

describe('a counter', () => {
  it('is shown by what it grew in a second', () => expect(values(10, 10, 16, 20)).toEqual([0, 3, 2]));
  it('begins anew with its process', () => expect(values(10, 4)).toEqual([2]));
  it('says nothing where it was not seen', () => expect(values(1, undefined, 5)).toEqual([undefined, undefined]));
});

describe('what an experiment has watched', () => {
  const samples = [0, 1_000, 2_000].map((at) => ({
    at,
    series: {
      'link.gateway->catalog.requests': at / 100,
      'link.gateway->catalog.bytes': at,
      'own.rush.sold': at / 500,
      'metric.gateway.souk_call_tries_total{policy=inventory}': at / 200,
      'metric.order.souk_sagas{state=open}': at / 1_000,
      'metric.order-query.souk_view_lag_seconds': at,
      'outbox.order': 1,
    },
  }));
  const run: Observations = {
    answers: [],
    marks: [],
    orders: [],
    samples,
    phases: { baseline: 0, hold: 1_000, heal: 2_000 },
  };
  const charts = watchedCharts(run, frameOf(run));

  it('is drawn by kind, counters a second, gauges as they are', () => {
    const during = { from: 1_000, to: 2_000 };
    expect(
      charts.map(({ title, unit, lines }) => [title, unit, ...lines.map(({ name, sum }) => [name, sum(during)])]),
    ).toEqual([
      ['Links', '/s', ['gateway → catalog', 10]],
      ['Counted by the experiment', '/s', ['rush.sold', 2]],
      ['souk_call_tries_total', '/s', ['gateway {policy=inventory}', 5]],
      ['souk_sagas', '', ['order {state=open}', 2]],
    ]);
  });
});
