import { describe, expect, it } from '@jest/globals';
import type { Answer } from '../run/observations.ts';
import { isServed } from './answers.ts';
import { answer, seen } from './observations.mother.ts';
import { firstSuccess, p50, p95, p99, partial, rate, recovery, refused, success } from './of-visits.ts';

const window = { from: 1_000, to: 3_000 };
const dropped: Partial<Answer> = { status: 0, code: 'dropped', tookMs: 0 };
const withoutToken: Partial<Answer> = { status: 0, code: 'no-token', tookMs: 0 };

describe('an answer', () => {
  it.each([200, 202, 204, 304])('of %i is what a visitor came for', (status) =>
    expect(isServed({ status, visit: 'order' })).toBe(true),
  );
  it.each([0, 101, 400, 401, 403, 404, 408, 429, 500, 503, 504])('of %i is not', (status) =>
    expect(isServed({ status, visit: 'cart' })).toBe(false),
  );
  it.each([409, 422])('of %i says how things stand, but not to who orders what is there', (status) => {
    for (const visit of ['cart', 'cancel', 'return'] as const) expect(isServed({ status, visit })).toBe(true);
    for (const visit of ['order', 'browse', 'page', 'read'] as const) expect(isServed({ status, visit })).toBe(false);
  });
});

describe('figures of visits', () => {
  const answers = [
    answer(999, { status: 500 }),
    answer(1_000),
    answer(1_500, { status: 503, code: 'overloaded' }),
    answer(1_600, { status: 429, code: 'rate-limited' }),
    answer(1_700, { status: 500 }),
    answer(2_000, { visit: 'page', status: 200, missing: ['stock'], tookMs: 100 }),
    answer(2_100, { visit: 'page', status: 200, tookMs: 300 }),
    answer(2_200, { visit: 'page', status: 504, missing: ['stock'], tookMs: 900 }),
    answer(2_300, dropped),
    answer(3_000, { status: 500 }),
  ];
  const run = seen({ answers });
  const orders = { visit: ['order' as const] };

  it('success: those served of all that came in the window, those who were not let in included', () => {
    expect(success.figure(run, window, orders)).toBe(20);
    expect(success.figure(run, window, {})).toBe(37.5);
    expect(success.figure(run, window, { visit: ['order', 'page'] })).toBe(37.5);
  });

  it('success within a time: of those, who did not wait longer', () => {
    const pages = { visit: ['page' as const] };
    expect(success.figure(run, window, { ...pages, within: 300 })).toBeCloseTo(66.7, 1);
    expect(success.figure(run, window, { ...pages, within: 299 })).toBeCloseTo(33.3, 1);
    expect(success.parameters.parse({ within: '1.5s' })).toEqual({ within: 1_500 });
  });

  it('refused: what the shop sent away, by status or by code', () => {
    expect(refused.figure(run, window, orders)).toBe(40);
    expect(refused.figure(run, window, { ...orders, status: 500 })).toBe(20);
    expect(refused.figure(run, window, { ...orders, code: 'rate-limited' })).toBe(20);
    expect(refused.figure(run, window, { ...orders, code: 'rate-limited', status: 503 })).toBe(0);
  });

  it('partial: pages that were served without a part', () => {
    expect(partial.figure(run, window, {})).toBe(50);
    expect(partial.figure(run, window, { part: 'stock' })).toBe(50);
    expect(partial.figure(run, window, { part: 'recommendations' })).toBe(0);
  });

  it('latency: of all that were sent, whatever came of them', () => {
    const pages = { visit: ['page' as const] };
    expect([p50, p95, p99].map(({ figure }) => figure(run, window, pages))).toEqual([300, 900, 900]);
    // Of the five orders one was never sent.
    expect(p50.figure(seen({ answers: [answer(1_000), answer(1_001, dropped)] }), window, {})).toBe(20);
    expect(p50.figure(seen({ answers: [answer(1_001, dropped)] }), window, {})).toBeUndefined();
    const turnedAway = seen({ answers: [answer(1_000), answer(1_001, withoutToken), answer(1_002, withoutToken)] });
    expect([p50.figure(turnedAway, window, {}), success.figure(turnedAway, window, {})]).toEqual([
      20,
      expect.closeTo(33.33),
    ]);
  });

  it('rate: those served a second', () => expect(rate.figure(run, window, {})).toBe(1.5));

  it('first-success: until the first of them had its answer', () => {
    const late = seen({ answers: [answer(1_100, { status: 503 }), answer(1_200, { tookMs: 400 }), answer(1_300)] });
    expect(firstSuccess.figure(late, window, {})).toBeCloseTo(0.32);
    expect(firstSuccess.figure(seen({ answers: [answer(1_100, { status: 503 })] }), window, {})).toBeUndefined();
  });

  it('first-success: after a fault from the heal on, which waits until who was gone is ready', () => {
    const answers = [answer(100, { tookMs: 50 }), answer(400, { tookMs: 50 }), answer(1_500, { tookMs: 50 })];
    const healed = seen({ answers, phases: { heal: 200, quiesce: 1_000 } });
    expect(firstSuccess.figure(healed, window, {})).toBeCloseTo(0.25);
    const none = seen({ answers: answers.slice(2), phases: { heal: 200, quiesce: 1_000 } });
    expect(firstSuccess.figure(none, window, {})).toBeCloseTo(1.35);
    const during = seen({ answers, phases: { heal: 3_000 } });
    expect(firstSuccess.figure(during, window, {})).toBeCloseTo(0.55);
  });

  it('are not there where nobody came', () => {
    for (const { figure } of [success, p50, p95, p99, rate, firstSuccess])
      expect(figure(run, window, { visit: ['cancel'] })).toBeUndefined();
    expect(refused.figure(run, window, { visit: ['cancel'] })).toBeUndefined();
    expect(recovery.figure(run, window, { visit: ['cancel'], success: 99 })).toBeUndefined();
    expect(partial.figure(seen({ answers: [answer(1_500)] }), window, {})).toBeUndefined();
  });
});

describe('recovery', () => {
  const every100ms = (from: number, to: number, statusAt: (at: number) => number): Answer[] =>
    Array.from({ length: (to - from) / 100 }, (_, index) => from + index * 100).map((at) =>
      answer(at, { status: statusAt(at) }),
    );
  const after = { from: 12_000, to: 20_000 };
  const recovered = (statusAt: (at: number) => number, wanted = 99, to = 20_000) =>
    recovery.figure(seen({ answers: every100ms(8_000, to, statusAt), phases: { heal: 10_000 } }), after, {
      success: wanted,
    });

  it('counts from the heal to the last visit that was not served', () => {
    expect(recovered((at) => (at <= 13_400 ? 503 : 202))).toBeCloseTo(3.4);
    expect(recovered((at) => (at < 13_000 || at === 16_000 ? 503 : 202))).toBeCloseTo(6);
  });

  it('is nothing where everybody was served all along', () => expect(recovered(() => 202)).toBe(0));

  it('takes no notice of what went wrong before the heal', () =>
    expect(recovered((at) => (at < 10_000 ? 503 : 202))).toBe(0));

  it('allows in each second what it is told to allow', () =>
    expect(recovered((at) => (at < 12_000 || at === 16_000 ? 503 : 202), 90)).toBeCloseTo(1.9));

  it('is not there where it did not stay well for two seconds', () => {
    expect(recovered((at) => (at < 18_500 ? 503 : 202))).toBeUndefined();
    expect(recovered(() => 503)).toBeUndefined();
    // The load ended too early to tell.
    expect(recovered((at) => (at < 13_000 ? 503 : 202), 99, 14_000)).toBeUndefined();
  });
});
