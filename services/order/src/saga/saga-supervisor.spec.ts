import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Term } from '@souk/election';
import { Deposed, StuckSagas } from '../persistence/supervision.js';
import { SagaSupervisor, type SagaSupervisorParts } from './saga-supervisor.js';

const quiet = { warn: () => undefined, error: () => undefined };
const supervisor = (parts: Partial<SagaSupervisorParts>) =>
  new SagaSupervisor({
    supervision: { free: async () => [] },
    advanceOverdue: async () => 0,
    tidyUp: async () => undefined,
    logger: quiet,
    ...parts,
  });
const aTerm = (ttlMs = 3_600_000) => new Term({ epoch: 7 }, performance.now(), ttlMs);

describe('the supervisor', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('SAS-6: goes on after a round that failed, tidies up now and then, and ends with the term', async () => {
    let rounds = 0;
    let tidied = 0;
    const term = aTerm();
    const done = supervisor({
      advanceOverdue: async (epoch) => {
        expect(epoch).toBe(7);
        rounds += 1;
        if (rounds === 1) throw new Error('the store is away');
      },
      tidyUp: async () => void tidied++,
    }).supervise(term);
    await jest.advanceTimersByTimeAsync(2_500);
    expect([rounds, tidied]).toEqual([3, 1]);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(tidied).toBe(2);
    term.end('enough');
    await done;
    const atTheEnd = rounds;
    await jest.advanceTimersByTimeAsync(5_000);
    expect(rounds).toBe(atTheEnd);
  });

  it('LDR-7: shows progress by rounds that succeed, not by being there', async () => {
    let away = true;
    const term = aTerm();
    const done = supervisor({
      advanceOverdue: async () => {
        if (away) throw new Error('the store is away');
      },
    }).supervise(term);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(term.stalledFor()).toBe(10_000);
    away = false;
    await jest.advanceTimersByTimeAsync(1_000);
    expect(term.stalledFor()).toBeLessThan(1_000);
    term.end('enough');
    await done;
  });

  it('LDR-7: sagas that cannot be moved are no reason to depose it, or to keep what is past its time', async () => {
    let tidied = 0;
    const said: string[] = [];
    const term = aTerm();
    const done = supervisor({
      advanceOverdue: async () =>
        Promise.reject(new StuckSagas([new Error('no fold')], 'sagas that cannot be moved: x')),
      tidyUp: async () => void tidied++,
      logger: { ...quiet, warn: (_, text) => void said.push(text) },
    }).supervise(term);
    await jest.advanceTimersByTimeAsync(20_000);
    expect([term.stalledFor() < 2_000, tidied, new Set(said)]).toEqual([true, 1, new Set(['sagas cannot be moved'])]);
    term.end('enough');
    await done;
  });

  it('LDR-5: stops at once when it hears that it is deposed', async () => {
    const free = async () => Promise.reject(new Deposed(7));
    await expect(supervisor({ supervision: { free } }).supervise(aTerm())).rejects.toThrow(Deposed);
  });

  it('SAS-7: does nothing any more when it wakes after the end of its term', async () => {
    let rounds = 0;
    const term = aTerm(30_000);
    const done = supervisor({ advanceOverdue: async () => void rounds++ }).supervise(term);
    await jest.advanceTimersByTimeAsync(1_200);
    expect(rounds).toBe(2);
    // As after SIGSTOP: the clock has gone on; the timer of the round comes, that of the term has not yet.
    const now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now + 60_000);
    await jest.advanceTimersByTimeAsync(1_000);
    await done;
    clock.mockRestore();
    expect([rounds, term.signal.aborted]).toEqual([2, false]);
  });
});
