import { beforeEach, describe, expect, it } from '@jest/globals';
import { LaneLease, type LaneLeaseOptions, type LeaseDocument } from './lane-lease.js';

const LEASE_MS = 1_000;
let stored: LeaseDocument | undefined;
let writes: number;
let time: number;

const matches = (filter: Partial<LeaseDocument>): boolean =>
  stored !== undefined &&
  Object.entries(filter).every(([key, value]) => String(stored?.[key as keyof LeaseDocument]) === String(value));

/** One lease document with the compare-and-set of the real store; the int spec of the relay runs on that. */
const leases = {
  findOne: async () => stored ?? null,
  insertOne: async (document: LeaseDocument) => {
    if (stored !== undefined) throw Object.assign(new Error('E11000'), { code: 11_000 });
    writes += 1;
    stored = document;
  },
  updateOne: async (filter: Partial<LeaseDocument>, { $set }: { $set: Partial<LeaseDocument> }) => {
    if (!matches(filter) || stored === undefined) return { matchedCount: 0 };
    writes += 1;
    stored = { ...stored, ...$set };
    return { matchedCount: 1 };
  },
} as unknown as LaneLeaseOptions['leases'];

const aLease = (owner: string): LaneLease =>
  new LaneLease({ leases, id: 'catalog/0', owner, leaseMs: LEASE_MS, now: () => time });

beforeEach(() => {
  stored = undefined;
  writes = 0;
  time = Date.parse('2026-03-02T09:00:00Z');
});

describe('a lane lease', () => {
  it('goes to the first that asks, and to nobody else while it lasts', async () => {
    expect(await aLease('first').acquire()).toBe(true);
    time += LEASE_MS - 1;
    expect(await aLease('second').acquire()).toBe(false);
    expect(stored).toMatchObject({ owner: 'first', epoch: 1 });
  });

  it('goes to one of two that ask for a new lane at the same time', async () => {
    const answers = await Promise.all([aLease('first').acquire(), aLease('second').acquire()]);
    expect(answers.toSorted()).toEqual([false, true]);
  });

  it('goes to one of two that ask for a lane whose owner died', async () => {
    await aLease('dead').acquire();
    time += LEASE_MS;
    const answers = await Promise.all([aLease('first').acquire(), aLease('second').acquire()]);
    expect(answers.toSorted()).toEqual([false, true]);
    expect(stored?.epoch).toBe(2);
  });

  it('writes nothing while more than half of it is left, then renews', async () => {
    const lease = aLease('first');
    await lease.acquire();
    time += LEASE_MS / 2 - 1;
    expect(await lease.acquire()).toBe(true);
    expect(writes).toBe(1);
    time += 1;
    expect(await lease.acquire()).toBe(true);
    expect(writes).toBe(2);
    expect(stored).toEqual({ _id: 'catalog/0', owner: 'first', epoch: 1, expiresAt: new Date(time + LEASE_MS) });
  });

  it('that ran out is still ours if nobody took the lane', async () => {
    const lease = aLease('first');
    await lease.acquire();
    time += 10 * LEASE_MS;
    expect(lease.epoch).toBeUndefined();
    expect(await lease.confirm()).toBe(true);
    expect(lease.epoch).toBe(1);
  });

  it('that was taken by another is not confirmed, whatever our own clock says', async () => {
    const loser = aLease('loser');
    await loser.acquire();
    stored = { _id: 'catalog/0', owner: 'winner', epoch: 2, expiresAt: new Date(time + LEASE_MS) };
    expect(loser.epoch).toBe(1);
    expect(await loser.confirm()).toBe(false);
    expect(loser.epoch).toBeUndefined();
    expect(stored).toMatchObject({ owner: 'winner', epoch: 2 });
  });

  it('that was given back goes to the next at once, with a higher epoch', async () => {
    const lease = aLease('first');
    await lease.acquire();
    await lease.release();
    expect(lease.epoch).toBeUndefined();
    expect(await aLease('second').acquire()).toBe(true);
    expect(stored).toMatchObject({ owner: 'second', epoch: 2 });
  });

  it('is not given back by one that has lost it', async () => {
    const loser = aLease('loser');
    await loser.acquire();
    stored = { _id: 'catalog/0', owner: 'winner', epoch: 2, expiresAt: new Date(time + LEASE_MS) };
    await loser.release();
    expect(stored).toMatchObject({ owner: 'winner', expiresAt: new Date(time + LEASE_MS) });
  });
});
