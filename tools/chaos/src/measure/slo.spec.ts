import { describe, expect, it } from '@jest/globals';
import { answer, sampled, seen } from './observations.mother.ts';
import { evaluateSlos, readSlos, sloRequests, type Slo } from './slo.ts';

const window = { from: 0, to: 10_000 };
const slo = (good: Slo['good'], objective = 90): Slo => ({ name: 'one', promise: 'it is so', objective, good });
const evaluated = (one: Slo, run: Parameters<typeof evaluateSlos>[1]) => evaluateSlos([one], run, window)[0];

describe('a promise', () => {
  const answers = [
    ...Array.from({ length: 18 }, (_, index) => answer(index)),
    answer(20, { status: 503 }),
    answer(21, { tookMs: 600 }),
    answer(22, { visit: 'browse', status: 500 }),
    answer(10_000, { status: 500 }),
  ];

  it('of being served: by the visits it is about', () =>
    expect(evaluated(slo({ visits: ['order'] }), seen({ answers }))).toMatchObject({
      figure: 95,
      good: 19,
      all: 20,
      budgetUsed: 0.5,
      ok: true,
    }));

  it('of being served in time: by those that were served', () =>
    expect(evaluated(slo({ visits: ['order'], withinMs: 500 }, 95), seen({ answers }))).toMatchObject({
      good: 18,
      all: 19,
      ok: false,
    }));

  it('of being in time: at the very last moment is in time', () =>
    expect(evaluated(slo({ visits: ['order'], withinMs: 20 }), seen({ answers: [answer(1)] }))?.figure).toBe(100));

  it('of a confirmation: who waits longer than promised or was refused was not served, who waits still may be', () => {
    const orders = [
      { placedAt: 0, confirmedAt: 5_000 },
      { placedAt: 0, confirmedAt: 5_001 },
      { placedAt: 0, closedAt: 9 },
      { placedAt: 0, closedAt: 9, isRejected: true as const },
      { placedAt: 1_000 },
      { placedAt: 5_000 },
    ];
    const run = seen({ orders, samples: sampled('x', 0, 0, 0, 0, 0, 0, 0, 0, 0) });
    expect(evaluated(slo({ confirmedWithinMs: 5_000 }), run)).toMatchObject({ good: 1, all: 4 });
  });

  it('of a process: by the looks at it', () => {
    const good = { process: 'order-query', metric: 'lag', atMost: 5 };
    const run = seen({ samples: sampled('metric.order-query.lag', 1, 5, 6, undefined) });
    expect(evaluated(slo(good), run)).toMatchObject({ good: 2, all: 3 });
    expect(sloRequests([slo(good), slo({ visits: ['order'] })])).toEqual([
      { from: 'metrics', process: 'order-query', metric: 'lag', as: 'metric.order-query.lag' },
    ]);
  });

  it('that is kept to the dot is kept, and has used all of its budget', () => {
    const ten = [answer(0, { status: 500 }), ...Array.from({ length: 9 }, () => answer(1))];
    const result = evaluated(slo({ visits: ['order'] }), seen({ answers: ten }));
    expect(result?.ok).toBe(true);
    expect(result?.budgetUsed).toBeCloseTo(1);
  });

  it('of which nothing was seen is not kept', () =>
    expect(evaluated(slo({ visits: ['order'] }), seen())).toMatchObject({ all: 0, ok: false, figure: undefined }));
});

describe('config/slo.yaml', () => {
  it('promises orders that are taken, fast and completed, and lists that are fresh', () => {
    const names = readSlos().map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['checkout-availability', 'checkout-latency', 'order-completion', 'read-freshness']),
    );
    expect(new Set(names).size).toBe(names.length);
  });
});
