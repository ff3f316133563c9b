import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Ledger } from './ledger.js';
import { MemoryStore } from './throttle-store.mother.js';

const WINDOW = 10_000;
const LIMIT = 100;

describe('the ledgers of two replicas', () => {
  let store: MemoryStore;
  let one: Ledger;
  let other: Ledger;
  beforeEach(() => {
    store = new MemoryStore();
    one = new Ledger(() => store.now, store);
    other = new Ledger(() => store.now, store);
  });
  const ask = (ledger: Ledger, cost = 1): boolean => {
    const account = ledger.of('user:alice', store.now, WINDOW);
    const isAllowed = account.spend(cost, LIMIT);
    ledger.note(account, LIMIT, WINDOW);
    return isAllowed;
  };
  /** How many of so many requests are allowed, with time to hear of the others after each. */
  const allowed = async (ledgers: readonly Ledger[], count: number): Promise<number> => {
    let sum = 0;
    for (let index = 0; index < count; index += 1) {
      const ledger = ledgers[index % ledgers.length];
      if (ledger !== undefined && ask(ledger)) sum += 1;
      await turn();
    }
    return sum;
  };

  it('THR-1 allow one limit together, and what is spent before they hear of each other at most', async () => {
    const sum = await allowed([one, other], 400);
    expect(sum).toBeGreaterThanOrEqual(LIMIT);
    expect(sum).toBeLessThanOrEqual(LIMIT + LIMIT * 0.02 + 1);
  });

  it('decides without asking: most requests of somebody who asks much cost no round trip', async () => {
    await allowed([one], 100);
    expect(store.calls).toBeLessThanOrEqual(51);
    const before = store.calls;
    await allowed([one], 1_000);
    expect(store.calls).toBe(before);
  });

  it('tell of those who ask little, too, when they flush', async () => {
    expect(ask(one)).toBe(true);
    expect(store.calls).toBe(0);
    one.flush(WINDOW);
    await turn();
    other.of('user:alice', 0, WINDOW).spend(0, LIMIT);
    expect((await store.spend('user:alice', 0, 10)).spent).toBe(1);
  });

  it('begin a new window when that of the store is over', async () => {
    await allowed([one, other], 300);
    store.now = 9_999;
    expect([ask(one), ask(other)]).toEqual([false, false]);
    store.now = 10_000;
    expect([ask(one), ask(other)]).toEqual([true, true]);
  });

  it('THR-12 go on by themselves while the store is away, and together again when it is back', async () => {
    store.isUp = false;
    expect(one.isAlone).toBe(true);
    expect(await allowed([one], 200)).toBe(LIMIT);
    expect(await allowed([other], 30)).toBe(30);
    store.isUp = true;
    one.flush(WINDOW);
    await turn();
    expect(ask(other)).toBe(true);
    await turn();
    expect(ask(other)).toBe(false);
  });

  it('THR-12 lose nothing that the store failed to take', async () => {
    const account = one.of('user:alice', 0, WINDOW);
    account.spend(10, LIMIT);
    store.spend = () => Promise.reject(new Error('cut'));
    one.note(account, LIMIT, WINDOW);
    await turn();
    expect(account).toMatchObject({ spent: 10, unreported: 10, isReporting: false });
  });

  it('THR-12 tell one thing at a time: a store that hangs is not asked again and again', async () => {
    const answers: ((answer: { spent: number; endsInMs: number }) => void)[] = [];
    store.spend = () => new Promise((resolve) => answers.push(resolve));
    const account = one.of('user:alice', 0, WINDOW);
    for (let index = 0; index < 20; index += 1) ask(one);
    expect(answers).toHaveLength(1);
    expect(account.unreported).toBe(18);
    answers[0]?.({ spent: 50, endsInMs: WINDOW });
    await turn();
    expect(account.spent).toBe(50 + 18);
    one.flush(WINDOW);
    expect(answers).toHaveLength(2);
  });

  it('THR-9 count usage by caller, spent and refused', async () => {
    await allowed([one], 130);
    one.flush(WINDOW);
    expect(one.usage.top(3)).toEqual([{ caller: 'user:alice', spent: 100, refused: 30 }]);
  });
});
