import { describe, expect, it } from '@jest/globals';
import type { Sample } from '../run/observations.ts';
import { answer, sampled, seen } from './observations.mother.ts';
import { amplification, link, memory, metric, metricSeries, own, ready, restarts } from './of-processes.ts';

const window = { from: 0, to: 10_000 };
const merged = (...many: Sample[][]): Sample[] =>
  many[0]?.map(({ at }, index) => ({ at, series: Object.assign({}, ...many.map((one) => one[index]?.series)) })) ?? [];

describe('a metric', () => {
  const calls = { process: 'gateway', metric: 'calls', labels: { to: 'b', from: 'a' } };

  it('has one name, however its labels are written', () => {
    expect(metricSeries(calls)).toBe('metric.gateway.calls{from=a,to=b}');
    expect(metricSeries({ process: 'gateway', metric: 'calls' })).toBe('metric.gateway.calls');
  });

  it('is sampled under that name, and what it is divided by too', () => {
    const per = { process: 'order', metric: 'tries' };
    expect(metric.needs?.({ ...calls, take: 'max', per })).toEqual([
      { from: 'metrics', ...calls, as: metricSeries(calls) },
      { from: 'metrics', ...per, as: 'metric.order.tries' },
    ]);
    expect(metric.needs?.({ ...calls, take: 'max', per: 'orders' })).toHaveLength(1);
  });

  it('is taken as asked for', () => {
    const run = seen({ samples: sampled(metricSeries(calls), 1, 8, 3) });
    expect(metric.figure(run, window, { ...calls, take: 'max' })).toBe(8);
    expect(metric.figure(run, window, { ...calls, take: 'last' })).toBe(3);
    expect(metric.figure(run, window, { process: 'gateway', metric: 'calls', take: 'last' })).toBeUndefined();
  });

  it('is 0 where its process has told the rest, and nothing where it was told at no time', () => {
    const told = sampled('told.gateway', 1, 1, undefined, 1);
    const late = merged(told, sampled(metricSeries(calls), undefined, undefined, undefined, 4));
    const of = (samples: Sample[], take: 'increase' | 'min') =>
      metric.figure(seen({ samples }), window, { ...calls, take });
    expect([of(late, 'increase'), of(late, 'min')]).toEqual([4, 0]);
    expect([of(told, 'increase'), of(told, 'min')]).toEqual([undefined, undefined]);
    expect(of(sampled(metricSeries(calls), undefined, undefined, undefined, 4), 'increase')).toBeUndefined();
  });

  it('is divided by visits, by orders or by another', () => {
    const samples = merged(sampled(metricSeries(calls), 10, 22), sampled('metric.order.tries', 1, 4));
    const answers = [answer(1), answer(2, { visit: 'page' }), answer(3), answer(4), answer(5, { code: 'dropped' })];
    const run = seen({ samples, answers, orders: [{ placedAt: 1 }, { placedAt: 2 }, { placedAt: 10_000 }] });
    const divided = (per: 'visits' | 'orders' | { process: string; metric: string }) =>
      metric.figure(run, window, { ...calls, take: 'increase', per });
    expect(divided('visits')).toBe(3);
    expect(divided('orders')).toBe(6);
    expect(divided({ process: 'order', metric: 'tries' })).toBe(4);
    expect(divided({ process: 'order', metric: 'unknown' })).toBeUndefined();
    expect(metric.figure(seen({ samples }), window, { ...calls, take: 'increase', per: 'visits' })).toBeUndefined();
  });
});

describe('a link', () => {
  const samples = merged(sampled('link.a->b.requests', 5, 9, 17), sampled('link.a->b.bytes', 100, 300, 900));
  const answers = [answer(1), answer(2), answer(3, { visit: 'page' }), answer(4, { code: 'dropped' })];
  const run = seen({ samples, answers });

  it('tells what went over it', () => {
    expect(link.figure(run, window, { link: 'a->b', count: 'requests' })).toBe(12);
    expect(link.figure(run, window, { link: 'a->b', count: 'bytes' })).toBe(800);
    expect(link.figure(run, window, { link: 'a->b', count: 'requests', per: 'visits' })).toBe(4);
    expect(link.figure(run, window, { link: 'a->c', count: 'requests' })).toBeUndefined();
    expect(link.needs?.({ link: 'a->b', count: 'bytes' })).toEqual([{ from: 'link', link: 'a->b' }]);
  });

  it('amplification: requests a visit of the classes that use it', () => {
    expect(amplification.figure(run, window, { link: 'a->b' })).toBe(4);
    expect(amplification.figure(run, window, { link: 'a->b', visit: ['order'] })).toBe(6);
    expect(amplification.figure(run, window, { link: 'a->b', visit: ['cart'] })).toBeUndefined();
    expect(amplification.needs?.({ link: 'a->b' })).toEqual([{ from: 'link', link: 'a->b' }]);
  });
});

describe('a process', () => {
  const process = 'order';
  it('was ready at so many looks of a hundred', () => {
    expect(ready.figure(seen({ samples: sampled('ready.order', 1, 0, 1, 1) }), window, { process })).toBe(75);
    expect(ready.figure(seen(), window, { process })).toBeUndefined();
  });

  it('was started again so often', () => {
    expect(restarts.figure(seen({ samples: sampled('restarts.order', 3, 3, 5) }), window, { process })).toBe(2);
  });

  it('has grown by so much memory', () => {
    const samples = sampled('metric.order.process_resident_memory_bytes', 100 * 2 ** 20, 90 * 2 ** 20, 112 * 2 ** 20);
    expect(memory.figure(seen({ samples }), window, { process })).toBe(12);
    expect(memory.figure(seen(), window, { process })).toBeUndefined();
    expect(memory.needs?.({ process })).toEqual([
      {
        from: 'metrics',
        process,
        metric: 'process_resident_memory_bytes',
        as: 'metric.order.process_resident_memory_bytes',
      },
    ]);
  });
});

describe('what an experiment counted', () => {
  const run = seen({ samples: sampled('own.strangers', 0, 0, 3) });
  it('is how much it grew, or what it was', () => {
    expect(own.figure(run, window, { series: 'strangers', take: 'increase' })).toBe(3);
    expect(own.figure(run, window, { series: 'strangers', take: 'max' })).toBe(3);
    expect(own.figure(run, window, { series: 'others', take: 'increase' })).toBeUndefined();
    expect(own.figure(run, { from: 2_500, to: 3_000 }, { series: 'strangers', take: 'change' })).toBeUndefined();
  });

  it('counts from 0 on, also what came before the first sample, and in a window what came in it', () => {
    const late = seen({ samples: sampled('own.strangers', undefined, 2, 2, 5) });
    const inAll = { from: 0, to: 10_000 };
    expect(own.figure(late, inAll, { series: 'strangers', take: 'increase' })).toBe(5);
    expect(own.figure(late, { from: 2_000, to: 10_000 }, { series: 'strangers', take: 'increase' })).toBe(3);
  });
});
