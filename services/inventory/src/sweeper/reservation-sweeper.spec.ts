import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { ReservationSweeper } from './reservation-sweeper.js';

describe('the sweeper', () => {
  const sweeperOf = (execute: () => Promise<boolean>, forget: () => Promise<unknown> = async () => 0) => {
    const warnings: string[] = [];
    const logger = { warn: (_: unknown, message?: string) => void warnings.push(message ?? '') };
    const options = { expireReservations: { execute }, forget, logger: logger as never, everyMs: 2 };
    const sweeper = new ReservationSweeper(options);
    return { sweeper, warnings };
  };

  it('goes on after a sweep that failed', async () => {
    let sweeps = 0;
    const { sweeper, warnings } = sweeperOf(async () => {
      if (++sweeps === 1) throw new Error('the store is away');
      return false;
    });
    sweeper.start();
    await waitFor(() => sweeps > 2, { what: 'two sweeps after it' });
    await sweeper.stop();
    expect(warnings).toHaveLength(1);
  });

  it('takes one batch after the other while there is more, but stops when told', async () => {
    let batches = 0;
    const { sweeper } = sweeperOf(async () => {
      batches++;
      await sleep(1);
      return true;
    });
    sweeper.start();
    await waitFor(() => batches > 2, { what: 'three batches' });
    await sweeper.stop();
    const atTheEnd = batches;
    await sleep(30);
    expect(batches).toBe(atTheEnd);
  });

  it('forgets once in sixty sweeps, and sweeps on when that fails', async () => {
    let sweeps = 0;
    const forgotAt: number[] = [];
    const forget = async () => {
      forgotAt.push(sweeps);
      throw new Error('the store is away');
    };
    const { sweeper, warnings } = sweeperOf(async () => (sweeps++, false), forget);
    sweeper.start();
    await waitFor(() => sweeps > 62, { what: 'the second round of sixty' });
    await sweeper.stop();
    expect(forgotAt.slice(0, 2)).toEqual([1, 61]);
    expect(warnings.length).toBe(forgotAt.length);
  });
});
