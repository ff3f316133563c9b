import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SagaCensus } from './saga-census.js';

describe('the census of the sagas', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('waits for a slow count before it starts the next, goes on after one that fails, and stops', async () => {
    let begun = 0;
    let answer = Promise.withResolvers<never[]>();
    const count = () => {
      begun += 1;
      answer = Promise.withResolvers<never[]>();
      return answer.promise;
    };
    const census = new SagaCensus({ count }, { term: undefined });
    census.start();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(begun).toBe(1);
    answer.reject(new Error('the database is away'));
    await jest.advanceTimersByTimeAsync(5_000);
    expect(begun).toBe(2);
    census.stop();
    answer.resolve([]);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(begun).toBe(2);
  });
});
