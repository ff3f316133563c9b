import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { LimitReached } from './faults.js';
import { pause, within } from './within.js';

const never = (): Promise<never> => new Promise(() => undefined);

describe('a limit', () => {
  it('hands on what was done, and takes its hands off the caller', async () => {
    const caller = new AbortController();
    let given: AbortSignal | undefined;
    expect(await within(10, caller.signal, async (signal) => ((given = signal), 'done'))).toBe('done');
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
    caller.abort();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(given?.aborted).toBe(false);
  });

  it('hands on what went wrong, thrown at once too', async () => {
    const fail = (): never => {
      throw new Error('at once');
    };
    await expect(within(10, undefined, fail)).rejects.toThrow('at once');
    await expect(within(10, undefined, () => Promise.reject(new Error('later')))).rejects.toThrow('later');
  });

  it('ends with the time, and tells so', async () => {
    let given: AbortSignal | undefined;
    await expect(within(5, undefined, (signal) => ((given = signal), never()))).rejects.toThrow(LimitReached);
    expect(given?.aborted).toBe(true);
  });

  it('ends with a caller who leaves, for his reason', async () => {
    const caller = new AbortController();
    let given: AbortSignal | undefined;
    const waiting = within(1_000, caller.signal, (signal) => ((given = signal), never()));
    caller.abort('gone');
    await expect(waiting).rejects.toThrow(LimitReached);
    expect([given?.reason, getEventListeners(caller.signal, 'abort')]).toEqual(['gone', []]);
  });

  it('begins nothing for a caller who has left', async () => {
    let begun = false;
    await expect(within(1_000, AbortSignal.abort(), async () => (begun = true))).rejects.toThrow(LimitReached);
    expect(begun).toBe(false);
  });
});

describe('a pause', () => {
  it('ends with a caller who leaves, and takes its hands off him', async () => {
    const caller = new AbortController();
    const pausing = pause(60_000, caller.signal);
    caller.abort();
    await pausing;
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  });
});
