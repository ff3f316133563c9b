/** What every lease must do; called by one spec a store. */
import { describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import type { Lease } from './lease.js';

/** @param member another member of the election of that name, in the same store */
export function leaseSuite(store: string, member: (election: string, holder: string, ttlMs: number) => Lease): void {
  let elections = 0;
  const members = (ttlMs: number, ...holders: string[]): Lease[] => {
    const election = `e${++elections}`;
    return holders.map((holder) => member(election, holder, ttlMs));
  };
  const LONG = 60_000;
  const SHORT = 1_000;

  describe(`a lease in ${store}`, () => {
    it('LDR-1, LDR-8: has one holder of ten who ask at once, whoever that is', async () => {
      const all = members(LONG, ...Array.from({ length: 10 }, (_, i) => `m${i}`));
      const won = (await Promise.all(all.map((lease) => lease.acquire(0)))).filter(Boolean);
      expect(won).toEqual([{ epoch: 1 }]);
    });

    it('LDR-1: stays with him who renews it in time, in the same term', async () => {
      const [mine, other] = members(SHORT, 'a', 'b') as [Lease, Lease];
      const term = (await mine.acquire(0)) ?? { epoch: -1 };
      const until = performance.now() + 2.5 * SHORT;
      while (performance.now() < until) {
        expect(await mine.renew(term)).toBe(true);
        expect(await other.acquire(0)).toBeUndefined();
        await new Promise((resolve) => setTimeout(resolve, SHORT / 5));
      }
      expect(term.epoch).toBe(1);
    });

    it('LDR-3: goes to another one when it was not renewed, and never back to the old term', async () => {
      const [dead, heir] = members(SHORT, 'a', 'b') as [Lease, Lease];
      const old = (await dead.acquire(0)) ?? { epoch: -1 };
      const began = performance.now();
      const next = await waitFor(() => heir.acquire(0), { timeoutMs: 5 * SHORT, what: 'the heir to lead' });
      expect(performance.now() - began).toBeGreaterThan(0.8 * SHORT);
      expect(next?.epoch).toBe(old.epoch + 1);
      expect(await dead.renew(old)).toBe(false);
      expect(await dead.acquire(0)).toBeUndefined();
      await dead.release(old);
      expect(await heir.renew(next ?? old)).toBe(true);
    });

    it('LDR-4: is free at once when it was given back', async () => {
      const [first, second] = members(LONG, 'a', 'b') as [Lease, Lease];
      const term = (await first.acquire(0)) ?? { epoch: -1 };
      expect(await second.acquire(0)).toBeUndefined();
      await first.release(term);
      expect(await second.acquire(0)).toEqual({ epoch: term.epoch + 1 });
      expect(await first.renew(term)).toBe(false);
    });

    it('begins above the epoch that is asked for, and every term is a new one, for the same member too', async () => {
      const [lease] = members(LONG, 'a') as [Lease];
      const first = (await lease.acquire(57)) ?? { epoch: -1 };
      expect(first.epoch).toBe(58);
      await lease.release(first);
      expect(await lease.acquire(3)).toEqual({ epoch: 59 });
    });
  });
}
