import { describe, expect, it } from '@jest/globals';
import type { Plan } from '../experiment/plan.ts';
import type { Settings } from '../run/settings.ts';
import type { Verdict } from '../run/verdict.ts';
import { anExpectation, aPattern, aVerdict } from './proof.mother.ts';
import { prove } from './prove.ts';

const experiment = { name: 'inventory-resets' } as Plan;
const failed = aVerdict('fail', { expectations: [anExpectation({ ok: false, figure: 1 })] });

/** What the runner is asked, and answers in turn. */
function running(...answers: readonly (Verdict | Error)[]) {
  const asked: { settings: Settings; title: string }[] = [];
  const left = [...answers];
  return {
    asked,
    run: async (_: Plan, settings: Settings, title: string): Promise<Verdict> => {
      asked.push({ settings, title });
      const answer = left.shift();
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('one run too many');
      return answer;
    },
  };
}

describe('proving a pattern', () => {
  it('starts the same processes anew for both runs, and takes the pattern away in the second', async () => {
    const { asked, run } = running(aVerdict(), failed);
    const pattern = aPattern({ off: { variants: ['breaker-off', 'retry-naive'], on: ['gateway', 'order'] } });
    expect((await prove(pattern, experiment, run)).outcome).toBe('proven');
    const variants = { env: { SOUK_VARIANTS: 'breaker-off,retry-naive' } };
    expect(asked).toEqual([
      { settings: { gateway: {}, order: {} }, title: 'with circuit-breaker, must pass' },
      { settings: { gateway: variants, order: variants }, title: 'without circuit-breaker, must fail' },
    ]);
  });

  it('does not take it away where the experiment fails with it', async () => {
    const { asked, run } = running(failed);
    expect((await prove(aPattern(), experiment, run)).outcome).toBe('not-proven');
    expect(asked).toHaveLength(1);
  });

  it('takes a second run that the harness could not make for broken', async () => {
    const { run } = running(aVerdict(), new Error('the proxy died'));
    expect(await prove(aPattern(), experiment, run)).toMatchObject({ outcome: 'broken', off: { verdict: 'broken' } });
  });

  it('lets its caller hear of a first run that the harness could not make', async () => {
    const { run } = running(new Error('no shop'));
    await expect(prove(aPattern(), experiment, run)).rejects.toThrow('no shop');
  });
});
