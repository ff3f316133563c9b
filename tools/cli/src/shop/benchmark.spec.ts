import { describe, expect, it } from '@jest/globals';
import { benchResult, renderFigure } from './benchmark.ts';

const figure = { name: 'a.b', what: 'at 100/s', value: 10, unit: 'ms', rounds: 1 };

describe('a figure', () => {
  it('without a bound is a value and nothing more', () => {
    expect(renderFigure(figure)).toMatch(/a\.b\s+10 ms\s+at 100\/s$/);
  });

  it('says what became of its gate and of its goal', () => {
    expect(renderFigure({ ...figure, gate: 10, goal: 9 })).toContain('(gate ≤ 10: met, goal ≤ 9: MISSED)');
  });

  it('may have to be at least what the bound says', () => {
    expect(renderFigure({ ...figure, gate: 11, goal: 10, atLeast: true })).toContain(
      '(gate ≥ 11: MISSED, goal ≥ 10: met)',
    );
  });

  it('that could not be measured meets nothing', () => {
    expect(renderFigure({ ...figure, value: Number.NaN, gate: 1 })).toContain('MISSED');
  });
});

describe('a run of benchmarks', () => {
  const figures = [
    { ...figure, name: 'held', gate: 10, goal: 9 },
    { ...figure, name: 'free' },
    { ...figure, name: 'slow', gate: 9 },
    { ...figure, name: 'few', gate: 11, atLeast: true as const },
    { ...figure, name: 'unknown', value: Number.NaN, gate: 1 },
  ];

  it('fails when a gate is missed, and names it; a missed goal is no failure', () => {
    expect(benchResult(figures, false)).toEqual({ figures, missed: ['slow', 'few', 'unknown'], status: 'failed' });
    expect(benchResult(figures.slice(0, 2), false)).toMatchObject({ missed: [], status: 'ok' });
  });

  it('that is only a look fails for nothing', () => expect(benchResult(figures, true).status).toBe('ok'));
});
