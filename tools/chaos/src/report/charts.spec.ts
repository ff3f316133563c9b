import { describe, expect, it } from '@jest/globals';
import type { Answer, Observations } from '../run/observations.ts';
import { type Chart, topOf } from './chart.ts';
import { chartsOf, comparable, errorsChart, latencyChart, ordersChart } from './charts.ts';
import { frameOf } from './frame.ts';

const answer = (at: number, changes: Partial<Answer> = {}): Answer => ({
  at,
  tookMs: 10,
  visit: 'browse',
  status: 200,
  ...changes,
});
const aRun = (changes: Partial<Observations> = {}): Observations => ({
  answers: [],
  samples: [],
  marks: [],
  orders: [],
  phases: { baseline: 0, hold: 4_000, heal: 8_000, quiesce: 8_000, check: 10_000 },
  ...changes,
});
const line = (chart: Chart, name: string) => chart.lines.find((one) => one.name === name);
const during = { from: 4_000, to: 8_000 };

describe('orders', () => {
  const orders = [
    { placedAt: 3_999, confirmedAt: 4_000 },
    { placedAt: 4_000, confirmedAt: 7_999 },
    { placedAt: 5_000, closedAt: 6_000 },
    { placedAt: 7_999, confirmedAt: 8_000 },
  ];
  it('are counted when they are accepted, and when they are confirmed', () => {
    const run = aRun({ orders });
    const chart = ordersChart(run, frameOf(run));
    expect(line(chart, 'accepted')?.sum(during)).toBe(0.75);
    expect(line(chart, 'confirmed')?.sum(during)).toBe(0.5);
  });
  it('are no chart where there were none', () => expect(chartsOf(aRun(), frameOf(aRun()))).toEqual([]));
});

describe('latency', () => {
  it('is what 95 of 100 had waited at most, for each class, of what was sent', () => {
    const some = Array.from({ length: 100 }, (_, index) => answer(4_000 + index, { tookMs: index + 1 }));
    const dropped = Array.from({ length: 900 }, (_, index) =>
      answer(5_000 + index, { tookMs: 0, status: 0, code: 'dropped' }),
    );
    const run = aRun({ answers: [...some, ...dropped, answer(6_000, { visit: 'order', tookMs: 7 })] });
    const chart = latencyChart(run, frameOf(run));
    expect(line(chart, 'browse')?.sum(during)).toBe(95);
    expect(line(chart, 'order')?.sum(during)).toBe(7);
    expect(line(chart, 'order')?.sum({ from: 0, to: 4_000 })).toBeUndefined();
  });
});

describe('errors', () => {
  const run = aRun({
    answers: [
      answer(4_100),
      answer(4_200, { status: 0 }),
      answer(4_300, { status: 503 }),
      answer(7_000),
      answer(7_000, { status: 409, visit: 'cart' }),
      answer(5_000, { visit: 'page' }),
    ],
  });
  const chart = errorsChart(run, frameOf(run));
  it('are the share of what was not served', () => expect(line(chart, 'browse')?.sum(during)).toBe(50));
  it('are not drawn for a class that had none', () => {
    expect(chart.lines.map(({ name }) => name)).toEqual(['browse']);
    expect(chart.still?.map(({ name }) => name)).toEqual(['page', 'cart']);
  });
});

describe('gauges', () => {
  const samples = [1, 6, 9].map((second) => ({
    at: second * 1_000,
    series: { 'outbox.order': second, 'outbox.inventory': 0, 'outbox-depth.order': 99, 'orders.open': 2, cpu: 1 },
  }));
  const run = aRun({ samples });
  const charts = chartsOf(run, frameOf(run));
  it('are drawn where they moved, with their highest', () => {
    expect(charts.map(({ title }) => title)).toEqual(['Outbox age', 'Open orders']);
    const [outbox] = charts;
    expect(outbox?.lines.map(({ name, sum }) => [name, sum(during)])).toEqual([['order', 6]]);
    expect(outbox?.still?.map(({ name }) => name)).toEqual(['inventory']);
  });
});

describe('charts of two runs', () => {
  const one: Chart = {
    title: 'A',
    says: '',
    unit: '',
    as: 'rows',
    lines: [],
    still: [{ name: 'x', series: [{ at: 1, value: 0 }], sum: () => 0 }],
  };
  const other: Chart = { ...one, lines: [{ name: 'x', series: [{ at: 1, value: 7 }], sum: () => 7 }], still: [] };
  it('have the same lines and the same scale', () => {
    const [first] = comparable([one], [other]);
    expect(first?.lines.map(({ name }) => name)).toEqual(['x']);
    expect(first?.still).toEqual([]);
    expect(first && topOf(first)).toBe(topOf(other));
  });
  it('stay what they are where the other has none of the kind', () => {
    expect(comparable([one], [])).toEqual([{ ...one, floor: 1 }]);
  });
});
