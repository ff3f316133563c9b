import { describe, expect, it } from '@jest/globals';
import { Signal } from '@souk/messaging';
import type { OrderSignals } from '../persistence/order-signals.js';
import { AfterCommit } from './after-commit.js';

describe('after a commit', () => {
  it('relay, agent and waiters are woken; the relay also when only other rows have changed', async () => {
    const told: string[] = [];
    const calls = new Signal();
    const orders = { changed: (ids: readonly string[]) => void told.push(...ids) };
    const relay = { wake: () => void told.push('relay') };
    const afterCommit = new AfterCommit(relay, calls, orders as unknown as OrderSignals);
    await afterCommit.committed([]);
    expect(told).toEqual(['relay']);
    const agent = calls.wait(60_000).then(() => told.push('agent'));
    await afterCommit.committed(['an-order']);
    await agent;
    expect(told).toEqual(['relay', 'relay', 'an-order', 'agent']);
  });
});
