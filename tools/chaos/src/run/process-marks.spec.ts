import { describe, expect, it } from '@jest/globals';
import { processMarks } from './process-marks.ts';

const told = (...samples: Record<string, number>[]) =>
  processMarks(samples.map((series, index) => ({ at: index * 1_000, series }))).map(({ at, text }) => `${at} ${text}`);

describe('marks of processes', () => {
  it('are made where something has changed', () => {
    const up = { 'ready.kafka': 1, 'restarts.kafka': 2 };
    expect(told(up, up, { 'ready.kafka': 0, 'restarts.kafka': 2 }, { 'ready.kafka': 1, 'restarts.kafka': 3 })).toEqual([
      '2000 kafka is not ready',
      '3000 kafka is ready again',
      '3000 kafka was started again by its supervisor',
    ]);
  });

  it('are not made of what nobody saw before, of other series, or of a new supervisor that counts anew', () =>
    expect(
      told(
        {},
        { 'ready.order': 0 },
        { 'ready.order': 0, 'lag.order': 3, 'restarts.a': 3 },
        { 'lag.order': 0, 'restarts.a': 0 },
      ),
    ).toEqual([]));
});
