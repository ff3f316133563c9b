import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Observations } from '../run/observations.ts';
import type { Verdict } from '../run/verdict.ts';
import { renderReport } from './report.ts';
import { aVerdict, someObservations, words } from './runs.mother.ts';

const NOTHING: Observations = { answers: [], samples: [], marks: [], orders: [], phases: {} };
const EVIL = `<script>alert('1')</script>"&`;
const budget = {
  name: 'fast',
  promise: 'orders in time',
  objective: 99,
  unit: '%',
  figure: 98.2,
  budgetUsed: 1.8,
  ok: false,
};

const report = (verdict: Partial<Verdict> = {}, observations = someObservations()): string =>
  renderReport({ verdict: aVerdict(verdict), observations });

describe('the top of a report', () => {
  it('says the verdict, what was broken, what was expected and what happened', () => {
    expect(words(report())).toContain(
      '✓ Passed Kafka is gone for twenty seconds Broken: Kafka is killed with kill -9 and stays away for 20 s; ' +
        'expected: customers browse and order as ever, and every order is confirmed once Kafka is back; ' +
        'happened: 99.6 % of all requests were served, and the last of 31 orders was confirmed 6.2 s after Kafka was back.',
    );
    expect(words(report())).toContain('Everything held. 4 of 4 expectations held, 3 of 3 invariants held');
  });

  it('says no more of what happened than can be read at a glance', () => {
    const sentence = `Not as expected: I9, nobody paid twice: ${'order 01a1ff6a was captured twice; '.repeat(9)}and more.`;
    const happened = /happened: (.*?) Something/.exec(words(report({ verdict: 'fail', sentence })))?.[1] ?? '';
    expect(happened).toMatch(/^I9, nobody paid twice: order .* …$/);
    expect(happened.length).toBeGreaterThan(200);
    expect(happened.length).toBeLessThanOrEqual(242);
  });

  it.each([
    ['fail', '✗ Failed'],
    ['aborted', '■ Aborted'],
    ['broken', '! Broken'],
  ] as const)('says %s without colour', (verdict, text) => expect(words(report({ verdict }))).toContain(text));

  it('says in which phase a run was ended', () => {
    expect(words(report({ verdict: 'aborted', endedIn: 'hold' }))).toContain('ended in phase hold');
  });

  it('says what was left behind, and nothing where nothing was', () => {
    expect(words(report({ leftBehind: ['a rule on gateway->catalog'] }))).toContain(
      'Left behind This could not be put back',
    );
    expect(words(report())).not.toContain('Left behind');
  });
});

describe('a report', () => {
  it('shows each expectation with figure and bound', () => {
    const text = words(report());
    expect(text).toContain('During the fault ✓ held customers can order all along success 100 % ≥ 99 %');
    expect(text).toContain('After it was undone ✓ held what piled up is worked off drained 6.2 s ≤ 40 s');
  });

  it('says that nothing was seen of a figure, which fails it', () => {
    const expectations = [
      { phase: 'during', that: 'there is light', measure: 'm', unit: '%', bound: { atLeast: 1, atMost: 9 }, ok: false },
    ] as const;
    expect(words(report({ expectations }))).toContain('✗ did not hold there is light m nothing seen ≥ 1 % and ≤ 9 %');
  });

  it('shows each invariant with what it means', () => {
    const invariants = [{ id: 'I9', what: 'nobody paid twice', ok: false, detail: 'order 7: 2 captures' }];
    expect(words(report({ invariants }))).toContain(
      '1 of 1 do not hold. Held Invariant Looked at ✗ did not hold nobody paid twice I9 order 7: 2 captures',
    );
  });

  it.each([
    'Orders',
    'Latency by class, p95',
    'Errors by class',
    'Outbox age',
    'Consumer lag',
    'Open orders',
    'Processes',
    'Circuit breakers',
  ])('has a chart of: %s', (title) => expect(report()).toContain(`<h3>${title}</h3>`));

  it('shows when what happened, counted from the fault', () => {
    expect(words(report())).toContain(
      'What happened when 0 s fault kill -9 of kafka +0.4 s process kafka is not there any more',
    );
  });

  it('shows how long the recovery took, and what of the budget was used', () => {
    const text = words(renderReport({ verdict: aVerdict(), observations: NOTHING, budgets: [budget] }));
    expect(text).toContain('first order confirmed 4.1 s');
    expect(text).toContain('✗ did not hold fast 180 % of the budget orders in time: 98.2 % seen, 99 % promised');
  });

  it('says of a promise that nothing was seen of it, or that it was broken many times over', () => {
    const nothing = { ...budget, name: 'read-side', figure: undefined, budgetUsed: undefined };
    const budgets = [nothing, { ...budget, budgetUsed: 85.3 }];
    const text = words(renderReport({ verdict: aVerdict(), observations: NOTHING, budgets }));
    expect(text).toContain('– read side nothing seen orders in time: – seen, 99 % promised');
    expect(text).toContain('fast 85 × the budget');
  });

  it('can be repeated', () => {
    const text = words(report());
    expect(text).toContain('Repeat it ./souk chaos run kafka-down --seed 42');
    expect(text).toContain('Seed 42 Commit 2bd93c5');
    expect(text).toContain('process-kill: kafka');
  });
});

describe('a report of a run that did not come far', () => {
  it('is there, and says so', () => {
    const text = words(report({ verdict: 'broken', expectations: [], invariants: [], recoverySeconds: {} }, NOTHING));
    expect(text).toContain('Nothing was seen of this run.');
    expect(text).toContain('No expectation was looked at.');
    expect(text).toContain('They were not looked at.');
    expect(text).not.toContain('How long it took');
    expect(text).not.toContain('Error budget');
  });

  it('says that its fault was not reached', () => {
    const phases = { prepare: 0, baseline: 8_000, 'clean-up': 15_000 };
    const text = report({ verdict: 'aborted' }, { ...someObservations(), phases });
    expect(words(text)).toContain('The run ended before its fault.');
    expect(text).not.toContain('class="band');
  });
});

describe('the file', () => {
  it('shows texts of others as texts', () => {
    const evil = {
      title: EVIL,
      breaks: EVIL,
      expects: EVIL,
      sentence: EVIL,
      command: EVIL,
      commit: EVIL,
      machine: EVIL,
      experiment: EVIL,
    };
    const verdict = aVerdict({
      ...evil,
      settings: [EVIL],
      leftBehind: [EVIL],
      recoverySeconds: { [EVIL]: 1 },
      expectations: aVerdict().expectations.map((one) => ({ ...one, that: EVIL, measure: EVIL, unit: EVIL })),
      invariants: [{ id: EVIL, what: EVIL, detail: EVIL, ok: true }],
    });
    const observations = {
      ...someObservations(),
      marks: [{ at: 1, what: 'note', text: EVIL } as const],
      samples: [1, 2].map((at) => ({ at: at * 10_000, series: { [`breaker.${EVIL}`]: at, [`outbox.${EVIL}`]: at } })),
    };
    const text = renderReport({
      verdict,
      observations,
      budgets: [{ ...budget, name: EVIL, promise: EVIL, unit: EVIL }],
    });
    expect(text.match(/<script>/g)).toHaveLength(1);
    expect(text).not.toContain(`alert('1')`);
    expect(text.split('&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;').length).toBeGreaterThan(20);
  });

  it('needs nothing else, and lets nothing else be loaded or run', () => {
    const text = report();
    expect(text).not.toMatch(/https?:|src=|@import|url\(/);
    const script = /<script>([\s\S]*?)<\/script>/.exec(text)?.[1] ?? '';
    const hash = createHash('sha256').update(script).digest('base64');
    expect(text).toContain(
      `default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; script-src &#39;sha256-${hash}&#39;`,
    );
  });
});
