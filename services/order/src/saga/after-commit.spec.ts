import { describe, expect, it } from '@jest/globals';
import { Signal } from '@souk/outbox';
import type { OrderSignals } from '../persistence/order-signals.js';
import { AfterCommit } from './after-commit.js';

describe('after a commit', () => {
  it('relay, agent and waiters are woken; the relay also when only other rows have changed, the agent only for a call', async () => {
    const told: string[] = [];
    const calls = new Signal();
    const orders = { changed: (ids: readonly string[]) => void told.push(...ids) };
    const outbox = { committed: (keys: readonly string[] = []) => void told.push(`relay for ${keys.length}`) };
    const afterCommit = new AfterCommit(outbox, calls, orders as unknown as OrderSignals);
    await afterCommit.committed([]);
    expect(told).toEqual(['relay for 0']);
    const agent = calls.wait(60_000).then(() => told.push('agent'));
    await afterCommit.committed([{ orderId: 'one', owesCall: false }]);
    await new Promise(setImmediate);
    await afterCommit.committed([
      { orderId: 'two', owesCall: false },
      { orderId: 'three', owesCall: true },
    ]);
    await agent;
    expect(told).toEqual(['relay for 0', 'relay for 1', 'one', 'relay for 2', 'two', 'three', 'agent']);
  });
});
