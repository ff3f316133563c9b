import { beforeEach, describe, expect, it } from '@jest/globals';
import { blockMs, Blocks } from './blocks.js';
import { MemoryStore } from './throttle-store.mother.js';

describe('who goes on far beyond the limit', () => {
  let store: MemoryStore;
  let one: Blocks;
  let other: Blocks;
  beforeEach(() => {
    store = new MemoryStore();
    one = new Blocks(store);
    other = new Blocks(store);
  });
  const refresh = (blocks: Blocks): Promise<void> => blocks.refresh(() => store.now);

  it('THR-11 is blocked twice as long each time, an hour at most', () => {
    expect([1, 2, 3, 8, 100].map((strikes) => blockMs(30_000, strikes) / 1_000)).toEqual([30, 60, 120, 3_600, 3_600]);
  });

  it('THR-11 is blocked at once here, and everywhere when the others look', async () => {
    const telling = one.strike('user:eve', 0, 30_000);
    expect(one.until('user:eve', 29_999)).toBe(30_000);
    await telling;
    expect(other.until('user:eve', 1)).toBeUndefined();
    await refresh(other);
    expect([other.until('user:eve', 29_999), other.until('user:eve', 30_000), other.until('user:bob', 1)]).toEqual([
      30_000,
      undefined,
      undefined,
    ]);
    expect(other.list(1)).toEqual([{ caller: 'user:eve', until: 30_000 }]);
  });

  it.each([
    ['alone', () => new Blocks()],
    ['with others', () => one],
  ])('THR-11 begins anew after an hour without an offence, %s', async (_with, made) => {
    const blocks = made();
    const strikeAt = async (at: number): Promise<number> => {
      store.now = at;
      await blocks.strike('address:office', at, 30_000);
      return (blocks.until('address:office', at) ?? 0) - at;
    };
    expect([await strikeAt(0), await strikeAt(60_000)]).toEqual([30_000, 60_000]);
    expect(await strikeAt(2 * 3_600_000 + 180_000)).toBe(30_000);
  });

  it('THR-11 stays at an hour for whoever is at it again as soon as a block is over', async () => {
    const alone = new Blocks();
    let at = 0;
    for (let strike = 1; strike <= 12; strike++) {
      await alone.strike('address:eve', at, 30_000);
      at = alone.until('address:eve', at) ?? Number.NaN;
    }
    await alone.strike('address:eve', at, 30_000);
    expect(alone.until('address:eve', at)).toBe(at + 3_600_000);
  });

  it('THR-11 is blocked longer for what was done elsewhere', async () => {
    await one.strike('user:eve', 0, 30_000);
    store.now = 40_000;
    await other.strike('user:eve', store.now, 30_000);
    expect(other.until('user:eve', 40_000)).toBe(100_000);
  });

  it('THR-11 comes in again when an admin says so, everywhere, and begins anew', async () => {
    await one.strike('user:eve', 0, 30_000);
    await refresh(other);
    store.now = 5_000;
    expect(await one.unblock('user:eve')).toBe(true);
    expect(one.until('user:eve', store.now)).toBeUndefined();
    await refresh(other);
    expect(other.until('user:eve', store.now)).toBeUndefined();
    expect(await one.unblock('user:eve')).toBe(false);
    await one.strike('user:eve', store.now, 30_000);
    expect(one.until('user:eve', store.now)).toBe(35_000);
  });

  it('THR-11 keeps a block that could not be told until its end, and tells it when the store is back', async () => {
    const { block } = store;
    store.block = () => Promise.reject(new Error('it is away'));
    await one.strike('user:eve', 0, 30_000);
    store.now = 5_000;
    await refresh(one);
    expect(one.until('user:eve', 5_000)).toBe(30_000);
    store.block = block;
    await refresh(one);
    await refresh(other);
    expect(other.until('user:eve', 5_000)).toBe(30_000);
    await one.unblock('user:eve');
    await refresh(one);
    expect(one.until('user:eve', 5_000)).toBeUndefined();
  });

  it('keeps a block that the others were not told of yet when it looks', async () => {
    void one.strike('user:eve', 0, 30_000);
    const { block } = store;
    store.block = async () => undefined;
    await refresh(one);
    expect(one.until('user:eve', 1)).toBe(30_000);
    store.block = block;
  });

  it('THR-12 is blocked here while the store is away, and nothing rejects', async () => {
    store.isUp = false;
    await one.strike('user:eve', 0, 30_000);
    await refresh(one);
    expect(one.until('user:eve', 1)).toBe(30_000);
    await expect(one.unblock('user:eve')).rejects.toThrow('away');
    expect(one.until('user:eve', 1)).toBeUndefined();
  });
});
