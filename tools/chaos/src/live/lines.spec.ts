import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { Plan } from '../experiment/plan.ts';
import { anAnswer } from '../run/observations.mother.ts';
import { Recorder } from '../run/recorder.ts';
import { aVerdict } from '../report/runs.mother.ts';
import type { Verdict } from '../run/verdict.ts';
import { figuresNow } from './figures.ts';
import { liveLines } from './lines.ts';
import { noticedLines, verdictLines } from './verdict-lines.ts';
import { LiveView, type Screen } from './view.ts';

const plan = { baseline: 8_000, hold: 20_000, afterwards: 8_000 } as Plan;

function run(now: number): Recorder {
  let ms = 0;
  const recorder = new Recorder(() => ms);
  recorder.begin('prepare');
  ms = 6_000;
  recorder.begin('hold');
  ms = now;
  return recorder;
}

describe('the live view', () => {
  it('has the figures of the last four seconds', () => {
    const recorder = run(11_000);
    recorder.answers.push(anAnswer(1_000, 503), anAnswer(8_000), anAnswer(9_000, 503), anAnswer(10_000, 200, 'page'));
    recorder.orders.push({ placedAt: 2_000 }, { placedAt: 8_000 }, { placedAt: 9_000 });
    const series = { 'outbox.order': 3, 'outbox.inventory': 9.5, 'lag.order': 2, 'lag.inventory': 5, 'orders.open': 4 };
    recorder.samples.push({ at: 9_000, series: { 'outbox.order': 99 } });
    recorder.samples.push({
      at: 10_000,
      series: {
        ...series,
        'breaker.gateway.catalog': 1,
        'breaker.order.payment': 0,
        'ready.kafka': 0,
        'ready.order': 1,
      },
    });
    expect(figuresNow(recorder, 11_000)).toEqual({
      visitsPerSecond: 0.75,
      ordersPerSecond: 0.5,
      p95: 10,
      errors: [{ visit: 'order', percent: 50 }],
      outboxSeconds: 9.5,
      lag: 7,
      openOrders: 4,
      breakers: ['gateway.catalog open'],
      notReady: ['kafka'],
    });
  });

  it('says nothing of what nobody has seen', () =>
    expect(figuresNow(run(7_000), 7_000)).toMatchObject({ p95: undefined, lag: undefined, outboxSeconds: undefined }));

  it('shows how far the phase is', () => {
    const [first = ''] = liveLines(plan, run(16_000), 16_000).map(stripVTControlCharacters);
    expect(first).toContain(`hold      ${'█'.repeat(12)}${'░'.repeat(12)} 10 of 20 s`);
  });

  it('draws over its figures on a terminal, and keeps what happened', () => {
    const written: string[] = [];
    const screen: Screen = { isLive: true, columns: 30, write: (text) => void written.push(text) };
    const view = new LiveView(plan, screen);
    const recorder = run(7_000);
    view.start(recorder);
    view.draw();
    recorder.mark('fault', 'kafka stopped');
    view.draw();
    view.stop();
    const text = written.join('');
    expect(text.split('[3A')).toHaveLength(3);
    expect(text.match(/kafka stopped/g)).toHaveLength(1);
    for (const line of stripVTControlCharacters(text)
      .split('\n')
      .filter((one) => one.includes('visits/s')))
      expect(line.length).toBeLessThan(30);
  });

  it('writes plain lines elsewhere', () => {
    const written: string[] = [];
    const view = new LiveView(plan, { isLive: false, columns: 80, write: (text) => void written.push(text) });
    const recorder = run(7_000);
    recorder.answers.push(anAnswer(6_500));
    view.start(recorder);
    view.draw();
    view.draw();
    view.stop();
    expect(written.map((line) => line.trim().split(/\s+/).slice(2, 4).join(' '))).toEqual([
      '▸ prepare',
      '▸ hold',
      'hold 0.3',
    ]);
  });
});

describe('the verdict on the screen', () => {
  it('says what was broken, expected and happened, then each figure with its bound', () => {
    const verdict: Verdict = {
      ...({
        title: 'Kafka is away',
        breaks: 'kafka is down',
        expects: 'orders wait',
        command: './souk chaos run x --seed 1',
      } as Verdict),
      verdict: 'fail',
      sentence: 'they did not.',
      expectations: [
        {
          phase: 'during',
          that: 'orders are taken',
          measure: 'm',
          unit: '%',
          figure: 42.123,
          bound: { atLeast: 99 },
          ok: false,
        },
        { phase: 'after', that: 'it is quick', measure: 'm', unit: 's', bound: { atMost: 5 }, ok: false },
      ],
      invariants: [
        { id: 'I1', what: 'all there', ok: true, detail: '' },
        { id: 'I5', what: 'stock adds up', ok: false, detail: 'sku A' },
      ],
      recoverySeconds: { 'order, first': 1.2 },
      leftBehind: ['a proxy'],
    };
    const text = verdictLines(verdict, '/tmp/report.html').map(stripVTControlCharacters).join('\n');
    for (const part of [
      '✖ fail  Kafka is away',
      'broken    kafka is down',
      'happened  they did not.',
      '✖ during  orders are taken: 42.12 % (≥ 99 %)',
      '✖ after   it is quick: no data (≤ 5 s)',
      '✔ holds   I1',
      '✖ I5      stock adds up: sku A',
      'order, first 1.2 s after the heal',
      'left behind: a proxy',
      '/tmp/report.html',
      './souk chaos run x --seed 1',
    ])
      expect(text).toContain(part);
  });

  it('says of a run without its fault what was noticed, or that nothing was shown', () => {
    const said = (verdict: Verdict): string => noticedLines(verdict).map(stripVTControlCharacters).join('\n');
    const expectations = aVerdict().expectations.map((one) => ({ ...one, ok: one.phase !== 'after' }));
    const missed = aVerdict({ verdict: 'fail', expectations });
    expect(said(missed)).toContain(
      '✔ able to fail: without its fault it was noticed that not "what piled up is worked off"',
    );
    expect(said(aVerdict())).toContain('✖ not shown to be able to fail');
  });
});
