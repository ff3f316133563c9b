import { describe, expect, it } from '@jest/globals';
import type { LeaseDocument } from './lane-lease.js';
import { LaneMembers, type LaneMembersOptions } from './lane-members.js';

const HOUR = 3_600_000;

describe('the members that share the lanes', () => {
  const documents = new Map<string, LeaseDocument>();
  let time = 0;
  const leases = {
    updateOne: async ({ _id }: { _id: string }, { $set }: { $set: Omit<LeaseDocument, '_id'> }) =>
      void documents.set(_id, { _id, ...$set }),
    find: () => ({ toArray: async () => [...documents.values()] }),
    deleteOne: async ({ _id }: { _id: string }) => void documents.delete(_id),
  } as unknown as LaneMembersOptions['leases'];
  const member = (owner: string, skew: number) =>
    new LaneMembers({
      leases,
      name: 'm',
      owner,
      memberMs: 3_000,
      now: () => 9 * HOUR + time + skew,
      elapsed: () => time,
    });

  it.each([HOUR / 2, -HOUR / 2])(
    'count one whose clock is wrong by %i ms while it speaks, and no longer',
    async (skew) => {
      documents.clear();
      const [a, b] = [member('a', 0), member('b', skew)];
      for (let beat = 0; beat < 3; beat++) {
        await b.beat();
        await a.beat();
        time += 1_000;
      }
      expect([...a.share]).toEqual([0, 2]);
      time += 2_000;
      await a.beat();
      expect([...a.share]).toEqual([0, 1, 2, 3]);
    },
  );
});
