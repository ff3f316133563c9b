import { describe, expect, it } from '@jest/globals';
import { randomOf } from '../history/random.ts';
import { ACTS, plansOf } from '../load/mixes.ts';
import { aVerdict } from '../report/runs.mother.ts';
import { judge } from '../run/hypothesis.ts';
import type { Answer, Observations, Sample } from '../run/observations.ts';
import type { ExpectationResult } from '../run/verdict.ts';
import type { Plan } from './plan.ts';
import { experimentNames, readExperiment } from './read.ts';
import { isAsMeant, noticedBy, withoutFault } from './without-fault.ts';

/** What grows wherever somebody shops. */
const GROWS = /souk_(cache_loads|call_tries|calls)_total/;

/** A run in which nothing happens: everybody is served at once, everything is ready, and only what visitors make grow grows. */
function calm(plan: Plan): Observations {
  const [hold, heal] = [plan.baseline, plan.baseline + plan.hold];
  const check = heal + plan.afterwards;
  const visits = plansOf(plan.load.mix, 1, randomOf(1));
  const answers = Array.from({ length: Math.floor((check * plan.load.perSecond) / 1_000) }, (_, index): Answer => {
    const visit = ACTS[visits.next().value.act];
    return { at: (index * 1_000) / plan.load.perSecond, tookMs: 20, visit, status: visit === 'order' ? 202 : 200 };
  });
  const orders = answers
    .filter(({ visit }) => visit === 'order')
    .map(({ at }) => ({ placedAt: at, confirmedAt: at + 200 }));
  const samples = Array.from({ length: check / 1_000 }, (_, second): Sample => ({
    at: second * 1_000,
    series: { ...states(plan), ...metrics(plan, second) },
  }));
  return { answers, orders, samples, marks: [], phases: { baseline: 0, hold, heal, quiesce: heal, check } };
}

const states = ({ during, after }: Plan): Record<string, number> =>
  Object.fromEntries(
    [...during, ...after].flatMap(({ process }) => [
      [`ready.${String(process)}`, 1],
      [`restarts.${String(process)}`, 0],
    ]),
  );

const metrics = ({ hypotheses }: Plan, second: number): Record<string, number> =>
  Object.fromEntries(
    hypotheses
      .flatMap(({ needs }) => needs)
      .map((need) =>
        need.from === 'metrics'
          ? [need.as, GROWS.test(need.metric) ? 5 * second : 0]
          : [`link.${need.link}.requests`, second],
      ),
  );

const judged = (plan: Plan, ...lists: string[]): ExpectationResult[] => {
  const seen = calm(plan);
  return plan.hypotheses.filter(({ phase }) => lists.includes(phase)).map((one) => judge(one, seen));
};

describe('an experiment whose fault does nothing', () => {
  it.each(experimentNames())('is noticed: %s', async (name) => {
    const plan = await readExperiment(name);
    expect(judged(plan, 'before').filter(({ ok }) => !ok)).toEqual([]);
    expect(judged(plan, 'during', 'after').some(({ ok }) => !ok)).toBe(true);
  });
});

describe('an experiment without its fault', () => {
  it('has the same load, times and hypotheses, and breaks nothing', async () => {
    const plan = await readExperiment('kafka-down');
    const bare = withoutFault(plan);
    expect(bare).toMatchObject({ name: plan.name, load: plan.load, hold: plan.hold, hypotheses: plan.hypotheses });
    expect(bare.injections.map(({ fault }) => fault.says)).toEqual(['left out: kafka killed and kept away']);
    for (const { fault } of bare.injections) {
      // Whatever it is given: it touches nothing of it.
      await fault.prepare(undefined as never);
      await fault.inject(undefined as never);
    }
  });

  it('still counts what goes over a link', async () => {
    const { injections } = withoutFault(await readExperiment('forged-tokens'));
    expect(injections.map(({ fault }) => fault.says)).toEqual([
      'what goes over gateway->identity is counted',
      'left out: 50 forged tokens a second, each with another key id',
    ]);
  });
});

describe('what a run without a fault shows', () => {
  const missed: ExpectationResult = {
    phase: 'during',
    that: 'confirmations wait meanwhile',
    measure: 'confirmed-rate',
    figure: 6,
    unit: '/s',
    bound: { atMost: 1 },
    ok: false,
  };
  const failed = aVerdict({ verdict: 'fail', expectations: [missed] });

  it('is that somebody would notice', () => expect(noticedBy(failed)).toEqual(['confirmations wait meanwhile']));

  it('is nothing where it passes', () => expect(noticedBy(aVerdict())).toEqual([]));

  it.each([
    ['it ended early', { endedIn: 'baseline' as const }],
    ['it left something behind', { leftBehind: ['a file'] }],
    ['the books do not agree', { invariants: [{ id: 'I5', what: 'stock adds up', ok: false, detail: '' }] }],
    ['nothing was steady before', { expectations: [{ ...missed, phase: 'before' as const }] }],
  ])('is nothing where %s: that is another failure', (_, other) =>
    expect(noticedBy({ ...failed, ...other })).toEqual([]),
  );

  it('decides over such a run, and the verdict over any other', async () => {
    const plan = await readExperiment('kafka-down');
    expect([isAsMeant(plan, aVerdict()), isAsMeant(plan, failed)]).toEqual([true, false]);
    expect([isAsMeant(withoutFault(plan), aVerdict()), isAsMeant(withoutFault(plan), failed)]).toEqual([false, true]);
  });
});
