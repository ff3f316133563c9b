import { describe, expect, it } from '@jest/globals';
import { anExpectation, anInvariant, aPattern, aVerdict } from './proof.mother.ts';
import { judge } from './proof.ts';

const failing = anExpectation({ figure: 1.04, ok: false });
const off = aVerdict('fail', { expectations: [failing] });

describe('a proof', () => {
  it('is one where on passes and off fails by what decides', () => {
    const proof = judge(aPattern(), aVerdict(), off);
    expect(proof).toEqual({
      pattern: 'circuit-breaker',
      without: 'breaker-off on gateway',
      deciding: 'few calls go out',
      outcome: 'proven',
      sentence: 'few calls go out: 0.2 with circuit-breaker, 1.04 without it.',
      on: { verdict: 'pass', figure: '0.2', bound: '≤ 0.5', sentence: 'It came to pass.' },
      off: { verdict: 'fail', figure: '1.04', bound: '≤ 0.5', sentence: 'It came to fail.' },
      seed: 7,
      startedAt: '2026-03-04T12:00:00.000Z',
      commit: 'abc1234',
    });
  });

  it('takes an invariant for what decides, with its parts', () => {
    const pattern = aPattern({ deciding: 'I11' });
    const on = aVerdict('pass', { invariants: [anInvariant({ id: 'I11-sent' }), anInvariant({ id: 'I11-taken' })] });
    const lost = anInvariant({ id: 'I11-taken', ok: false, detail: '3 messages' });
    const without = aVerdict('fail', { invariants: [anInvariant({ id: 'I11-sent' }), lost] });
    expect(judge(pattern, on, without)).toMatchObject({
      outcome: 'proven',
      on: { figure: 'I11 holds', bound: '' },
      off: { figure: 'I11-taken does not hold: 3 messages', bound: '' },
      sentence: 'With circuit-breaker I11 holds; without it I11-taken does not hold: 3 messages',
    });
  });

  it('does not take I1 for part of I11', () => {
    const without = aVerdict('fail', { invariants: [anInvariant({ id: 'I11-sent', ok: false })] });
    expect(judge(aPattern({ deciding: 'I1' }), without, without).on.figure).toBe('');
  });

  it('says of an invariant without a number what it says', () => {
    const leader = anInvariant({ id: 'leader', what: 'one leader at a time' });
    const on = aVerdict('pass', { invariants: [leader] });
    const without = aVerdict('fail', { invariants: [{ ...leader, ok: false, detail: 'leader 15 wrote late' }] });
    expect(judge(aPattern({ deciding: 'leader' }), on, without)).toMatchObject({
      on: { figure: 'one leader at a time holds', bound: '' },
      off: { figure: 'one leader at a time does not hold: leader 15 wrote late', bound: '' },
    });
  });

  it('names orders by the beginning of their ids', () => {
    const detail = 'order 01a1ff7f-303c-719b-8de7-e027f4b7a36d stands at placed';
    const without = aVerdict('fail', { invariants: [anInvariant({ ok: false, detail })] });
    const { figure } = judge(aPattern({ deciding: 'I7' }), aVerdict(), without).off;
    expect(figure).toBe('I7 does not hold: order 01a1ff7f… stands at placed');
  });

  it('shows of a long list of differences the beginning', () => {
    const without = aVerdict('fail', { invariants: [anInvariant({ ok: false, detail: 'x'.repeat(500) })] });
    const { figure } = judge(aPattern({ deciding: 'I7' }), aVerdict(), without).off;
    expect(figure).toHaveLength(100);
    expect(figure).toMatch(/^I7 does not hold: x+…$/);
  });
});

describe('no proof, and shown as such, is it when', () => {
  it.each([
    ['off passes as well', aVerdict(), aVerdict(), 'passes without circuit-breaker as well'],
    ['on does not pass', aVerdict('fail'), off, 'must pass, and did not: It came to fail.'],
    ['on was ended early', aVerdict('aborted'), off, 'must pass, and did not'],
    ['off was ended early', aVerdict(), aVerdict('aborted'), 'was ended early'],
    [
      'off fails by something else',
      aVerdict(),
      aVerdict('fail', { expectations: [anExpectation(), anExpectation({ that: 'another', ok: false })] }),
      'not by what was to decide: few calls go out',
    ],
    [
      'off has not seen the figure',
      aVerdict(),
      aVerdict('fail', {
        expectations: [{ phase: 'during', that: 'few calls go out', measure: 'm', unit: '', bound: {}, ok: false }],
      }),
      'Nothing was seen of what was to decide',
    ],
    [
      'off leaves something behind',
      aVerdict(),
      { ...off, leftBehind: ['a proxy'] },
      'something was left behind: a proxy',
    ],
  ])('%s', (_what, on, without, sentence) => {
    const proof = judge(aPattern(), on, without);
    expect(proof.outcome).toBe('not-proven');
    expect(proof.sentence).toContain(sentence);
  });
});

describe('broken, which is no verdict, is it when', () => {
  it.each([
    ['on broke', aVerdict('broken'), off],
    ['off broke', aVerdict(), aVerdict('broken')],
    ['off threw', aVerdict(), new Error('no port left')],
  ])('%s', (_what, on, without) => {
    expect(judge(aPattern(), on, without).outcome).toBe('broken');
  });

  it('off, or on, misses a time while visitors came late: that may be why', () => {
    const loadLate = 'visits came up to 900 ms late';
    const late = { ...off, loadLate, expectations: off.expectations.map((one) => ({ ...one, unit: 's' })) };
    const proof = judge(aPattern(), aVerdict(), late);
    expect(proof).toMatchObject({ outcome: 'broken', off: { verdict: 'broken', figure: '1.04 s' } });
    expect(proof.sentence).toContain(loadLate);
    expect(judge(aPattern(), late)).toMatchObject({ outcome: 'broken', on: { verdict: 'broken' } });
  });

  it('but not where it is a count that was missed, or books do not agree: no load does that', () => {
    expect(judge(aPattern(), aVerdict(), { ...off, loadLate: 'visits came late' }).outcome).toBe('proven');
    const without = aVerdict('fail', { invariants: [anInvariant({ ok: false })], loadLate: 'visits came late' });
    expect(judge(aPattern({ deciding: 'I7' }), aVerdict(), without).outcome).toBe('proven');
  });

  it('tells what an off-run threw, and never calls it fail', () => {
    const { off: side, sentence } = judge(aPattern(), aVerdict(), new Error('no port left'));
    expect(side).toEqual({ verdict: 'broken', figure: '', bound: '', sentence: 'no port left' });
    expect(sentence).toContain('no port left');
  });

  it('says of an off-run that was left out that it was not run', () => {
    expect(judge(aPattern(), aVerdict('fail')).off.verdict).toBe('not run');
  });
});

it('goes by what was so while the pattern was needed, not by words that stand in the baseline, too', () => {
  const baseline = anExpectation({ phase: 'before', figure: 0.1, ok: true });
  const off = aVerdict('fail', { expectations: [baseline, anExpectation({ figure: 1.04, ok: false })] });
  expect(judge(aPattern(), aVerdict(), off)).toMatchObject({ outcome: 'proven', off: { figure: '1.04' } });
  const unsteady = aVerdict('fail', { expectations: [{ ...baseline, ok: false }] });
  expect(judge(aPattern(), aVerdict(), unsteady)).toMatchObject({ outcome: 'not-proven' });
});
