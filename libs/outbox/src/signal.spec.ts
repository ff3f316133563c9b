import { describe, expect, it } from '@jest/globals';
import { Signal } from './signal.js';

describe('Signal', () => {
  it('ends the wait under way', async () => {
    const signal = new Signal();
    const waited = signal.wait(60_000);
    signal.notify();
    await expect(waited).resolves.toBeUndefined();
  });

  it('remembers a wake-up that came before the wait', async () => {
    const signal = new Signal();
    signal.notify();
    await expect(signal.wait(60_000)).resolves.toBeUndefined();
  });

  it('forgets a wake-up that was cleared, and no later one', async () => {
    const signal = new Signal();
    signal.notify();
    signal.clear();
    let over = false;
    const waited = signal.wait(60_000).then(() => (over = true));
    await Promise.resolve();
    expect(over).toBe(false);
    signal.notify();
    await waited;
  });
});
