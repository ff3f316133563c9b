import { describe, expect, it } from '@jest/globals';
import { Account, Accounts } from './account.js';

describe('an account', () => {
  const fresh = (): Account => new Account('user:alice').at(0, 10_000);

  it('is spent up to the limit, not beyond, and is full again in the next window', () => {
    const account = fresh();
    expect([account.spend(3, 5), account.spend(3, 5), account.spend(2, 5), account.spend(1, 5)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(account).toMatchObject({ spent: 5, refused: 4, endsAt: 10_000 });
    expect(account.at(9_999, 10_000).spend(1, 5)).toBe(false);
    expect(account.at(10_000, 10_000).spend(5, 5)).toBe(true);
    expect(account).toMatchObject({ spent: 5, unreported: 5, refused: 0, endsAt: 20_000 });
  });

  it('THR-10 gives a burst what the window holds, and nothing until its end however long it goes on', () => {
    const account = new Account('user:alice');
    const allowed = (from: number, to: number): number => {
      let sum = 0;
      for (let now = from; now < to; now += 1) if (account.at(now, 10_000).spend(1, 600)) sum += 1;
      return sum;
    };
    expect([allowed(0, 600), allowed(600, 10_000), allowed(10_000, 10_600)]).toEqual([600, 0, 600]);
  });

  it('begins anew when the clock was set back', () => {
    const account = new Account('user:alice').at(3_600_000, 10_000);
    account.spend(5, 5);
    expect(account.at(3_600_000, 10_000).spend(1, 5)).toBe(false);
    expect(account.at(0, 10_000).spend(1, 5)).toBe(true);
    expect(account).toMatchObject({ spent: 1, endsAt: 10_000 });
  });

  it('never refuses what costs nothing', () => {
    const account = fresh();
    account.spend(5, 5);
    expect(account.spend(0, 5)).toBe(true);
  });

  it('knows what others have spent when it is told, beside what they were not told yet', () => {
    const account = fresh();
    account.spend(2, 10);
    account.unreported = 0;
    account.spend(1, 10);
    account.hear(6, 8_000);
    expect(account).toMatchObject({ spent: 7, endsAt: 8_000 });
    expect([account.spend(3, 10), account.spend(1, 10)]).toEqual([true, false]);
  });
});

describe('the accounts of a process', () => {
  it('are the same one for the same caller, and bounded', () => {
    const accounts = new Accounts(2);
    const first = accounts.of('a');
    expect(accounts.of('a')).toBe(first);
    accounts.of('b');
    accounts.of('c');
    expect(accounts.size).toBe(2);
    expect(accounts.of('a')).not.toBe(first);
  });
});
