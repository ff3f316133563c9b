import { describe, expect, it } from '@jest/globals';
import { type Judge, WindowJudge } from './canary.js';
import { PatientJudge } from './canary.naive.js';

const rule = { errorRatio: 0.1, minimumCalls: 20, windowSeconds: 30 };

/** The number of the call after which the canary is taken back; calls come `everyMs`, each `nth` fails. */
function condemnedAt(
  judge: Judge,
  { nth, everyMs = 10, calls = 5_000 }: { nth: number; everyMs?: number; calls?: number },
) {
  for (let call = 1; call <= calls; call++) if (judge.condemns(call % nth === 0, call * everyMs)) return call;
  return undefined;
}

describe('the judge of a canary', () => {
  it('RTE-3: takes back one that fails 30 in 100, as soon as there is enough to go by', () => {
    expect(condemnedAt(new WindowJudge(rule), { nth: 3 })).toBe(21);
    expect(condemnedAt(new WindowJudge({ ...rule, minimumCalls: 1 }), { nth: 1 })).toBe(1);
  });

  it('leaves one alone that fails no more than it may', () => {
    expect(condemnedAt(new WindowJudge(rule), { nth: 11 })).toBeUndefined();
    expect(condemnedAt(new WindowJudge(rule), { nth: 9 })).toBe(27);
  });

  it('goes by the newest calls alone', () => {
    const judge = new WindowJudge(rule);
    for (let call = 0; call < 19; call++) expect(judge.condemns(true, 1_000 + call)).toBe(false);
    // Half a minute later those are forgotten.
    for (let call = 0; call < 19; call++) expect(judge.condemns(false, 31_500 + call)).toBe(false);
    expect(judge.condemns(true, 31_600)).toBe(false);
    expect(judge.condemns(true, 31_700)).toBe(false);
    expect(judge.condemns(true, 31_800)).toBe(true);
  });

  it('remembers for the whole window', () => {
    const judge = new WindowJudge(rule);
    for (let call = 0; call < 19; call++) judge.condemns(true, 3_000 + call);
    expect(judge.condemns(true, 29_999)).toBe(true);
  });

  it('RTE-3: the variant canary-no-revert never does', () => {
    expect(condemnedAt(new PatientJudge(), { nth: 1 })).toBeUndefined();
  });
});
