import { describe, expect, it } from '@jest/globals';
import { withPatience } from './patience.ts';

const ended = (signal: AbortSignal): Promise<string> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve('ended');
    signal.addEventListener('abort', () => resolve('ended'), { once: true });
  });

describe('patience', () => {
  it('ends after its time', async () => {
    expect(await withPatience(1, new AbortController().signal, ended)).toBe('ended');
  });

  it('ends with the signal that it depends on, also where that has ended already', async () => {
    const over = new AbortController();
    const waiting = withPatience(60_000, over.signal, ended);
    over.abort();
    expect(await waiting).toBe('ended');
    expect(await withPatience(60_000, over.signal, ended)).toBe('ended');
  });

  it('gives what the work gives, and ends nothing afterwards', async () => {
    const over = new AbortController();
    const signal = await withPatience(60_000, over.signal, async (given) => given);
    over.abort();
    expect(signal.aborted).toBe(false);
  });
});
