import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CommitTurn } from './commit-turn.js';

describe('commits of offsets', () => {
  let begun: PromiseWithResolvers<void>[];
  let turn: CommitTurn;
  const end = async (index: number): Promise<void> => {
    begun[index]?.resolve();
    await jest.advanceTimersByTimeAsync(0);
  };

  beforeEach(() => {
    jest.useFakeTimers();
    begun = [];
    turn = new CommitTurn(() => {
      const commit = Promise.withResolvers<void>();
      begun.push(commit);
      return commit.promise;
    });
  });
  afterEach(() => void jest.useRealTimers());

  it('are made one at a time', async () => {
    turn.take();
    turn.take();
    expect(begun).toHaveLength(1);
    await end(0);
    turn.take();
    expect(begun).toHaveLength(2);
  });

  it('end with one for what became ready during the one under way', async () => {
    turn.take();
    let isFinished = false;
    void turn.finish(1_000).then(() => (isFinished = true));
    await end(0);
    expect([begun.length, isFinished]).toEqual([2, false]);
    await end(1);
    expect([begun.length, isFinished]).toEqual([2, true]);
  });

  it('are not waited for longer than the limit, after which none begins', async () => {
    turn.take();
    let isFinished = false;
    void turn.finish(1_000).then(() => (isFinished = true));
    await jest.advanceTimersByTimeAsync(999);
    expect(isFinished).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(isFinished).toBe(true);
    await end(0);
    expect(begun).toHaveLength(1);
  });
});
