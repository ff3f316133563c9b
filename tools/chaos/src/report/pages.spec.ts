import { describe, expect, it } from '@jest/globals';
import { judge } from '../prove/proof.ts';
import { renderIndex } from './index-page.ts';
import { renderProof } from './proof-page.ts';
import { anOutbox as pattern, aVerdict, someObservations, words } from './runs.mother.ts';

describe('the list of runs', () => {
  const older = {
    verdict: aVerdict({ verdict: 'fail', title: 'Older', startedAt: '2026-11-20T01:00:00Z' }),
    href: 'older/report.html',
  };
  const newer = { verdict: aVerdict({ title: 'Newer' }), href: 'newer/"report.html' };

  it('has the newest first, with what happened and the way to its report', () => {
    const text = renderIndex([older, newer]);
    expect(text.indexOf('>Newer<')).toBeGreaterThan(0);
    expect(text.indexOf('>Newer<')).toBeLessThan(text.indexOf('>Older<'));
    expect(text).toContain('href="newer/&quot;report.html"');
    expect(words(text)).toContain('2 runs: 1 passed, 1 failed.');
    expect(words(text)).toContain('✗ Failed Older kafka-down 99.6 % of all requests were served');
  });

  it('says what to do where there is none', () => {
    const text = words(renderIndex([]));
    expect(text).toContain('No run is there yet. ./souk chaos list shows what can be run.');
    expect(text).not.toContain('Verdict Experiment');
  });
});

describe('the page of a proof', () => {
  const on = { verdict: aVerdict(), observations: someObservations() };
  const expectations = aVerdict().expectations.map((one) =>
    one.that === pattern.deciding ? { ...one, figure: 42.1, ok: false } : one,
  );
  const off = {
    verdict: aVerdict({ verdict: 'fail', expectations }),
    observations: someObservations({ failing: true }),
  };

  it('shows both verdicts beside each other, and the figure that decides', () => {
    const text = words(renderProof(judge(pattern, on.verdict, off.verdict), on, off));
    expect(text).toContain('✓ Proven Transactional outbox: what it is good for');
    expect(text).toContain('Decides: customers can order all along');
    expect(text).toContain('With transactional-outbox ✓ Passed 100 %');
    expect(text).toContain('Without it outbox-dual-write on order ✗ Failed 42.1 %');
    expect(text).toContain('customers can order all along during ✓ held 100 % ✗ did not hold 42.1 % ≥ 99 %');
    expect(text).toContain('./souk prove transactional-outbox --seed 42');
  });

  it('shows the invariants that decide, or were broken, and no others', () => {
    const invariants = [
      { id: 'I11-sent', what: 'what was decided was sent', ok: false, detail: 'order 7' },
      { id: 'I11-taken', what: 'what was sent was taken in', ok: true, detail: '9 messages' },
      { id: 'I4', what: 'every order has ended', ok: false, detail: 'order 7' },
      { id: 'I5', what: 'stock adds up', ok: true, detail: '9 skus' },
    ];
    const good = { ...on, verdict: aVerdict({ invariants: invariants.map((one) => ({ ...one, ok: true })) }) };
    const bad = { ...off, verdict: aVerdict({ verdict: 'fail', invariants }) };
    const html = renderProof(judge({ ...pattern, deciding: 'I11' }, good.verdict, bad.verdict), good, bad);
    const text = words(html);
    expect(text).toContain('what was decided was sent I11-sent ✓ held holds ✗ did not hold broken always');
    expect(text).toContain('what was sent was taken in I11-taken ✓ held holds ✓ held holds always');
    expect(text).toContain('every order has ended I4 ✓ held holds ✗ did not hold broken always');
    expect(text).not.toContain('stock adds up');
    expect(html.match(/class="decisive"/g)).toHaveLength(2);
  });

  it('draws both on the same scale, and what moved in one of them in both', () => {
    const text = renderProof(judge(pattern, on.verdict, off.verdict), on, off);
    const [, first = '', second = ''] = text.split('class="which"');
    const scale = (part: string) => [...part.matchAll(/each up to ([^<]*)/g)].map(([, top]) => top);
    expect(scale(first)).toEqual(scale(second));
    expect(scale(first)).toHaveLength(5);
    expect(words(first)).toContain('Errors by class order: 0 % before, 0 % during and 0 % after the fault.');
  });

  it('shows one run where there was no other', () => {
    const failed = { ...on, verdict: aVerdict({ verdict: 'fail' }) };
    const text = words(renderProof(judge(pattern, failed.verdict), failed));
    expect(text).toContain('✗ Not proven');
    expect(text).toContain('– Not run');
    expect(text).not.toContain('Without Orders');
  });
});
