import { describe, expect, it } from '@jest/globals';
import type { Plan } from '../experiment/plan.ts';
import { conclude } from './conclude.ts';
import { seen } from './observations.mother.ts';
import type { Ended } from './runner.ts';
import type { ExpectationResult } from './verdict.ts';

const plan = {
  name: 'kafka-down',
  title: 'Kafka is away',
  breaks: 'the only broker is down',
  expects: 'Orders wait.',
  load: { perSecond: 12, mix: 'shop' },
  baseline: 8_000,
  hold: 20_000,
  afterwards: 8_000,
  injections: [{ fault: { says: 'kafka stopped' }, after: 1_000, lasts: 5_000 }],
} as unknown as Plan;
const about = { on: 'host', seed: 7, command: './souk', startedAt: '', commit: 'abc', machine: '' } as const;
const expectation: ExpectationResult = {
  phase: 'during',
  that: 'orders are taken',
  measure: 'success',
  unit: '%',
  figure: 99.5,
  bound: { atLeast: 99 },
  ok: true,
};
const same = { id: 'I1', what: 'what was accepted is there', compared: '9 operations', differences: [] as string[] };
const done: Ended = { how: 'done', endedIn: 'check', expectations: [expectation], comparisons: [same], leftBehind: [] };
const orders = [
  { placedAt: 1, confirmedAt: 2 },
  { placedAt: 3, closedAt: 4 },
];
const on = (ended: Partial<Ended>) => conclude(plan, about, { ...done, ...ended }, seen({ orders }), 61_234);

describe('the verdict', () => {
  it('passes where everything was as expected, and says what happened', () => {
    const verdict = on({});
    expect(verdict).toMatchObject({
      verdict: 'pass',
      experiment: 'kafka-down',
      seed: 7,
      tookMs: 61_234,
      leftBehind: [],
    });
    expect(verdict.sentence).toBe('orders are taken (99.5 %), 2 orders were accepted, 1 of them confirmed, none lost.');
    expect(verdict).not.toHaveProperty('endedIn');
    expect(verdict.settings).toContain('kafka stopped, after 1 s, for 5 s');
  });

  it('names one difference of each, and no orders where there were none', () => {
    const many = { ...same, differences: ['order o1 is gone', 'order o2 is gone'] };
    expect(on({ comparisons: [many] }).sentence).toBe(
      'Not as expected: I1, what was accepted is there: order o1 is gone.',
    );
    expect(conclude(plan, about, done, seen(), 1).sentence).toBe('orders are taken (99.5 %).');
  });

  it('does not say that nothing was lost where nobody looked', () =>
    expect(on({ comparisons: [{ ...same, id: 'I5' }] }).sentence).not.toContain('none lost'));

  it('fails by an invariant that looked at nothing, and says so', () => {
    const verdict = on({ comparisons: [{ ...same, compared: '0 orders' }] });
    expect(verdict.verdict).toBe('fail');
    expect(verdict.sentence).toContain('I1, what was accepted is there: not checked: 0 orders');
  });

  it.each<[string, Partial<Ended>, string]>([
    [
      'an expectation',
      { expectations: [{ ...expectation, figure: 42, ok: false }] },
      'orders are taken: 42 %, at least 99 % was expected',
    ],
    [
      'an invariant',
      { comparisons: [{ ...same, differences: ['order o1 is gone'] }] },
      'I1, what was accepted is there: order o1 is gone',
    ],
    ['a process that is not well', { notReady: 'order not ready after 60 s' }, 'order not ready after 60 s'],
    [
      'what is left behind',
      { leftBehind: ['order runs with other settings'] },
      'Left behind: order runs with other settings',
    ],
    ['an unsteady shop', { how: 'unsteady', why: 'nobody answered' }, 'nobody answered'],
  ])('fails by %s', (_, ended, sentence) => {
    const verdict = on(ended);
    expect(verdict.verdict).toBe('fail');
    expect(verdict.sentence).toContain(sentence);
  });

  it('says of a silent figure that there was none', () => {
    const { figure: _, ...silent } = expectation;
    expect(on({ expectations: [{ ...silent, ok: false }] }).sentence).toContain('orders are taken: no data');
  });

  it('is no verdict on the shop where the harness failed, whatever was left', () => {
    const verdict = on({ how: 'broken', why: 'x', endedIn: 'hold', leftBehind: ['y'] });
    expect(verdict).toMatchObject({ verdict: 'broken', endedIn: 'hold', invariants: [], leftBehind: ['y'] });
  });

  it('is broken where everything held under a load that was not as meant; what has failed stays failed', () => {
    const loadNotAsMeant = { says: '3 of 90 visits were dropped', isLate: false };
    expect(on({ loadNotAsMeant })).toMatchObject({
      verdict: 'broken',
      sentence: 'The load was not as meant, and nothing is proven: 3 of 90 visits were dropped.',
    });
    expect(on({ loadNotAsMeant, notReady: 'order' }).verdict).toBe('fail');
  });

  it('is broken, without the fault, whatever a load that was not as meant has missed: nothing was noticed by that', () => {
    const expectations = [{ ...expectation, figure: 98, ok: false }];
    const without = (ended: Partial<Ended>) =>
      conclude({ ...plan, isWithoutFault: true }, about, { ...done, expectations, ...ended }, seen({ orders }), 1);
    const loadNotAsMeant = { says: '3 of 90 visits were dropped', isLate: false };
    expect(without({ loadNotAsMeant }).verdict).toBe('broken');
    expect(without({}).verdict).toBe('fail');
  });

  it('tells of visitors who came late, whatever it is; not of those who were dropped alone', () => {
    const late = { says: 'visits came up to 900 ms late', isLate: true };
    const expectations = [{ ...expectation, figure: 98, ok: false }];
    expect(on({ expectations, loadNotAsMeant: late })).toMatchObject({ verdict: 'fail', loadLate: late.says });
    const dropped = { says: '3 of 90 visits were dropped', isLate: false };
    expect(on({ expectations, loadNotAsMeant: dropped })).not.toHaveProperty('loadLate');
    expect(on({ expectations })).not.toHaveProperty('loadLate');
  });

  it('is that it was ended, where it was', () =>
    expect(on({ how: 'aborted', why: 'it was stopped by hand', endedIn: 'hold' })).toMatchObject({
      verdict: 'aborted',
      sentence: 'The run was ended: it was stopped by hand, and everything was undone.',
    }));

  it('does not say that everything was undone where it was not', () => {
    const ended = { how: 'aborted', why: 'it was stopped by hand', endedIn: 'hold', leftBehind: ['start order again'] };
    expect(on(ended as Parameters<typeof on>[0]).sentence).toBe(
      'The run was ended: it was stopped by hand. Left behind: start order again.',
    );
  });

  it('names each check that was made, the same one once', () => {
    const told = { ...same, what: 'another look' };
    const { invariants } = on({ comparisons: [same, told, same] });
    expect(invariants.map(({ id, what }) => `${id} ${what}`)).toEqual([
      'ready every process is ready',
      'I1 what was accepted is there',
      'I1 another look',
    ]);
  });
});
