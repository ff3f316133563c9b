import { describe, expect, it } from '@jest/globals';
import { anAnswer, PHASES, seen } from './observations.mother.ts';
import { recoverySeconds } from './recovery.ts';

const times = (from: number, to: number, status: number, every = 100) =>
  Array.from({ length: (to - from) / every }, (_, index) => anAnswer(from + index * every, status));

describe('recovery times', () => {
  it('count from the heal to the first that was served, and to when it stayed so', () => {
    const answers = [
      ...times(6_000, 12_500, 503),
      anAnswer(12_500),
      ...times(12_600, 13_000, 503),
      ...times(13_000, 18_000, 200),
    ];
    expect(recoverySeconds(seen({ answers }))).toEqual({ 'order, first': 0.51, 'order, steady': 1.01 });
  });

  it('are of those classes alone that had a fault to recover from', () => {
    const answers = [...times(6_000, 18_000, 200), anAnswer(7_000, 503, 'page'), anAnswer(14_000, 200, 'page')];
    expect(Object.keys(recoverySeconds(seen({ answers })))).toEqual(['page, first', 'page, steady']);
  });

  it('has none for what never came back, and none to be steady where the end is bad', () => {
    const never = times(6_000, 18_000, 503);
    expect(recoverySeconds(seen({ answers: never }))).toEqual({});
    const once = [...times(6_000, 12_000, 503), anAnswer(12_100), ...times(12_200, 18_000, 503)];
    expect(recoverySeconds(seen({ answers: once }))).toEqual({ 'order, first': 0.11 });
  });

  it('forgives one in a hundred, and takes an order of answers as they were asked', () => {
    const well = times(12_000, 18_000, 200, 20).reverse();
    const answers = [...times(6_000, 12_000, 503), ...well, anAnswer(12_050, 503)];
    expect(recoverySeconds(seen({ answers }))['order, steady']).toBe(0.01);
    const worse = [...answers, ...times(12_050, 12_450, 503)];
    expect(recoverySeconds(seen({ answers: worse }))['order, steady']).toBe(0.07);
  });

  it('are nothing before a heal', () => {
    const { prepare, baseline, hold } = PHASES;
    const answers = times(6_000, 9_000, 503);
    expect(recoverySeconds(seen({ answers, phases: { prepare, baseline, hold } }))).toEqual({});
  });
});
