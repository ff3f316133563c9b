import { describe, expect, it } from '@jest/globals';
import { CONCURRENCY } from './payment-agent.js';
import { paymentPolicy } from './payment-policy.js';

const down = (): Promise<never> => Promise.reject(Object.assign(new Error('down'), { code: 'ECONNRESET' }));

describe('what stands around a payment call', () => {
  it('RTY-6: tries nothing again and breaks no circuit, which is the business of the ambassador', async () => {
    const policy = paymentPolicy(1_000);
    for (let call = 0; call < 50; call++) await expect(policy.execute(down)).rejects.toThrow('down');
    expect(policy.state()).toMatchObject({ calls: 50, tries: 50, breaker: undefined });
  });

  it('BLK-2: holds as many calls as the agent makes at once, and as many that wait', async () => {
    const policy = paymentPolicy(1_000);
    const free = Promise.withResolvers<void>();
    const calls = Array.from({ length: 2 * CONCURRENCY }, () => policy.execute(() => free.promise));
    await expect(policy.execute(() => free.promise)).rejects.toMatchObject({ code: 'upstream-overloaded' });
    free.resolve();
    await Promise.all(calls);
    expect(policy.state().outcomes).toMatchObject({ ok: 2 * CONCURRENCY, full: 1 });
  });
});
