import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SagaCensus } from './saga-census.js';

describe('the census of the sagas', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  let begun: number;
  let answer: PromiseWithResolvers<never[]>;
  const count = () => {
    begun += 1;
    answer = Promise.withResolvers<never[]>();
    return answer.promise;
  };
  let census: SagaCensus;
  beforeEach(async () => {
    begun = 0;
    census = new SagaCensus({ count }, { term: undefined });
    census.start();
    await jest.advanceTimersByTimeAsync(5_000);
  });

  it('waits for a slow count before it starts the next, goes on after one that fails, and stops', async () => {
    await jest.advanceTimersByTimeAsync(55_000);
    expect(begun).toBe(1);
    answer.reject(new Error('the database is away'));
    await jest.advanceTimersByTimeAsync(60_000);
    expect(begun).toBe(2);
    census.stop();
    answer.resolve([]);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(begun).toBe(2);
  });

  it('rests for twenty times as long as it took, a minute at the longest', async () => {
    await jest.advanceTimersByTimeAsync(1_000);
    answer.resolve([]);
    await jest.advanceTimersByTimeAsync(19_999);
    expect(begun).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(begun).toBe(2);
    await jest.advanceTimersByTimeAsync(30_000);
    answer.resolve([]);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(begun).toBe(3);
  });
});
