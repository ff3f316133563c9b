import { beforeEach, describe, expect, it } from '@jest/globals';
import { hasGap } from './kafkajs-gaps.js';
import { FetchProgress } from './read-progress.js';

describe('what fetches tell about the log', () => {
  let progress: FetchProgress;
  beforeEach(() => {
    progress = new FetchProgress();
  });
  const readThrough = (now = 1_000): number | undefined => progress.at(now, 15_000).readThrough;

  it('nothing before the second fetch: the first one is not answered yet', () => {
    expect(readThrough()).toBeUndefined();
    progress.fetchStarted('1', 100);
    expect(readThrough()).toBeUndefined();
    progress.fetchStarted('1', 200);
    expect(readThrough()).toBe(100);
  });

  it('a partition that was left behind holds the time until it is caught up', () => {
    progress.fetchStarted('1', 100);
    progress.fetchStarted('1', 200);
    progress.handedOver('t', 0, '9', '20');
    progress.fetchStarted('1', 300);
    expect(progress.at(1_000, 15_000)).toEqual({ readThrough: 100, behind: new Map([['t', 10]]) });
    progress.handedOver('t', 0, '19', '20');
    progress.fetchStarted('1', 400);
    expect(progress.at(1_000, 15_000)).toEqual({ readThrough: 300, behind: new Map([['t', 0]]) });
  });

  it('a partition behind from the start leaves it unknown', () => {
    progress.fetchStarted('1', 100);
    progress.handedOver('t', 0, '9', '20');
    progress.fetchStarted('1', 200);
    expect(readThrough()).toBeUndefined();
  });

  it('the slowest broker counts, unless it has not been asked for long', () => {
    for (const [broker, first, second] of [
      ['1', 100, 200],
      ['2', 150, 5_000],
    ] as const) {
      progress.fetchStarted(broker, first);
      progress.fetchStarted(broker, second);
    }
    expect(readThrough()).toBe(100);
    expect(progress.at(16_000, 15_000).readThrough).toBe(150);
    expect(progress.at(90_000, 15_000).readThrough).toBeUndefined();
  });

  it('a new assignment forgets the old one', () => {
    progress.fetchStarted('1', 100);
    progress.handedOver('t', 0, '9', '20');
    progress.reset();
    progress.fetchStarted('1', 200);
    progress.fetchStarted('1', 300);
    expect(progress.at(1_000, 15_000)).toEqual({ readThrough: 200, behind: new Map() });
  });
});

describe('a gap', () => {
  it.each<[string, string | undefined, string, string, boolean]>([
    ['no position, the log begins at 0', undefined, '0', '9', false],
    ['no position yet (-1), the log begins at 0', '-1', '0', '9', false],
    ['no position, the oldest records are gone', undefined, '3', '9', true],
    ['a position inside the log', '5', '3', '9', false],
    ['a position at its start', '3', '3', '9', false],
    ['a position at its end', '9', '3', '9', false],
    ['retention was faster', '2', '3', '9', true],
    ['the log was lost and begun anew', '12', '0', '9', true],
  ])('%s', (_what, offset, low, high, expected) => {
    const committed = offset === undefined ? [] : [{ partition: 0, offset }];
    expect(hasGap(committed, [{ partition: 0, low, high }])).toBe(expected);
  });
});
