import { describe, expect, it } from '@jest/globals';
import { answer, sampled, seen } from './observations.mother.ts';
import { confirmedRate, confirmP95, drained, openOrders, rejectedShare } from './of-orders.ts';

const window = { from: 1_000, to: 5_000 };
const figure = (measure: typeof openOrders, run: Parameters<typeof openOrders.figure>[0]) =>
  measure.figure(run, window, {});

const run = seen({
  orders: [
    { placedAt: 500, confirmedAt: 1_000 },
    { placedAt: 1_000, confirmedAt: 1_100 },
    { placedAt: 2_000, confirmedAt: 4_999 },
    { placedAt: 3_000, closedAt: 3_100 },
    { placedAt: 4_000, confirmedAt: 6_000 },
    { placedAt: 5_000, confirmedAt: 5_100 },
  ],
});

describe('figures of orders', () => {
  it('confirmed-rate: confirmed in the window, whenever they were placed', () =>
    expect(figure(confirmedRate, run)).toBe(0.75));

  it('confirmed-rate: zero where orders wait, and no figure where nobody has ordered', () => {
    expect(figure(confirmedRate, seen({ orders: [{ placedAt: 900 }] }))).toBe(0);
    expect(figure(confirmedRate, seen({ orders: [{ placedAt: 9_000 }] }))).toBeUndefined();
  });

  it('confirm-p95: of those placed in the window, also when they are confirmed after it', () =>
    expect(figure(confirmP95, run)).toBe(2_999));

  it('confirm-p95: who still waits has waited until the last that was seen', () => {
    const waits = { orders: [{ placedAt: 2_000 }] };
    expect(figure(confirmP95, seen({ ...waits, samples: sampled('x', ...Array.from({ length: 10 }, () => 1)) }))).toBe(
      7_000,
    );
    expect(figure(confirmP95, seen({ ...waits, answers: [answer(6_000)] }))).toBe(4_000);
  });

  it('confirm-p95: no figure of those that were refused or cancelled', () =>
    expect(figure(confirmP95, seen({ orders: [{ placedAt: 2_000, closedAt: 2_001 }] }))).toBeUndefined());

  it('rejected-share: of those placed in the window of which something has come', () => {
    const refused = { placedAt: 2_000, closedAt: 2_001, isRejected: true } as const;
    const orders = [
      refused,
      { ...refused, placedAt: 5_000 },
      { placedAt: 2_000 },
      { placedAt: 2_000, closedAt: 2_001 },
    ];
    expect(figure(rejectedShare, seen({ orders: [...orders, { placedAt: 2_000, confirmedAt: 9_000 }, refused] }))).toBe(
      50,
    );
    expect(figure(rejectedShare, run)).toBe(0);
    expect(figure(rejectedShare, seen({ orders: [{ placedAt: 2_000 }] }))).toBeUndefined();
  });

  it('open-orders: those of which nothing had come at the end', () => {
    expect(figure(openOrders, run)).toBe(1);
    expect(figure(openOrders, seen({ orders: [{ placedAt: 2_000 }, { placedAt: 2_000, closedAt: 5_000 }] }))).toBe(2);
    expect(figure(openOrders, seen())).toBeUndefined();
  });

  it('drained: from the heal until those placed before it had ended', () => {
    const healed = (...orders: Parameters<typeof openOrders.figure>[0]['orders']) =>
      figure(drained, seen({ orders, phases: { heal: 3_000 } }));
    expect(healed({ placedAt: 100, confirmedAt: 4_000 }, { placedAt: 200, closedAt: 7_500 })).toBe(4.5);
    expect(healed({ placedAt: 100, confirmedAt: 200 })).toBe(0);
    expect(healed({ placedAt: 100, confirmedAt: 200 }, { placedAt: 3_000 })).toBe(0);
    expect(healed({ placedAt: 100 })).toBeUndefined();
    expect(healed({ placedAt: 3_100, confirmedAt: 3_200 })).toBeUndefined();
  });
});
