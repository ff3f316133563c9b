import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Signal } from '@souk/messaging';
import type { RemoteCalls } from '../persistence/remote-calls.js';
import { SagaSupervisor } from './saga-supervisor.js';

describe('the supervisor', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('goes on after a round that failed, tidies up now and then, and ends when told', async () => {
    let rounds = 0;
    let tidied = 0;
    const supervisor = new SagaSupervisor({
      calls: { reclaim: async () => [] } as unknown as RemoteCalls,
      claimMs: 1,
      agentWake: new Signal(),
      advanceOverdue: async () => {
        rounds += 1;
        if (rounds === 1) throw new Error('the store is away');
        return 0;
      },
      tidyUp: async () => void tidied++,
      logger: { warn: () => undefined, error: () => undefined },
    });
    supervisor.start();
    await jest.advanceTimersByTimeAsync(3_500);
    expect([rounds, tidied]).toEqual([3, 1]);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(tidied).toBe(2);
    await supervisor.stop();
    const atTheEnd = rounds;
    await jest.advanceTimersByTimeAsync(5_000);
    expect(rounds).toBe(atTheEnd);
  });
});
