import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SharedLevel } from './shared-level.js';

export interface LevelUnderTest {
  readonly level: SharedLevel;
  /** Another replica's. */
  readonly other: SharedLevel;
  readonly close: () => Promise<void>;
}

const TAG = '{s:1}:card-a';
const LISTS = '{s:1}:lists';
const KEY = '{s:1}:card:a';

/** What every SharedLevel does. `setUp` gives an empty one that can be asked. */
export const sharedLevelSuite = (setUp: () => Promise<LevelUnderTest>): void => {
  let level: SharedLevel;
  let other: SharedLevel;
  let close: LevelUnderTest['close'];

  beforeEach(async () => {
    ({ level, other, close } = await setUp());
  });
  afterEach(() => close());

  const raise = (version: number) => level.raise({ tag: TAG, version, also: [LISTS] });
  const floor = async (tag: string) => (await other.read(KEY, tag))?.floor ?? Number.NaN;

  it('gives what any replica has kept, and nothing that was removed', async () => {
    expect(await other.read(KEY, TAG)).toEqual({ text: undefined, floor: 0 });
    await level.write(KEY, '1 {}', 10_000);
    expect(await other.read(KEY, TAG)).toEqual({ text: '1 {}', floor: 0 });
    await other.remove(KEY);
    expect(await level.read(KEY, TAG)).toEqual({ text: undefined, floor: 0 });
  });

  describe('a floor', () => {
    it('rises to a version and never falls', async () => {
      expect(await raise(3)).toBe(true);
      expect(await raise(2)).toBe(false);
      expect(await raise(3)).toBe(false);
      expect(await floor(TAG)).toBe(3);
      expect(await raise(4)).toBe(true);
      expect(await floor(TAG)).toBe(4);
    });

    it('without versions rises with each change, and not when a change is told again', async () => {
      expect(await floor(LISTS)).toBe(0);
      await raise(1);
      const first = await floor(LISTS);
      await raise(1);
      expect(await floor(LISTS)).toBe(first);
      await raise(2);
      expect(first).toBeGreaterThan(0);
      expect(await floor(LISTS)).toBeGreaterThan(first);
    });

    it('rises once when many raise it together', async () => {
      const raised = await Promise.all(Array.from({ length: 20 }, () => raise(1)));
      expect(raised.filter(Boolean)).toHaveLength(1);
    });
  });

  it('tells all replicas of a change once', async () => {
    const heard: string[] = [];
    for (const [name, each] of Object.entries({ level, other }))
      each.onRaised((tags) => heard.push(`${name}: ${tags}`));
    await raise(1);
    await raise(1);
    await raise(2);
    // An answer after it on the same connection: messages before it have come.
    await Promise.all([level.read(KEY, TAG), other.read(KEY, TAG)]);
    const told = `${TAG},${LISTS}`;
    expect(heard.toSorted()).toEqual([`level: ${told}`, `level: ${told}`, `other: ${told}`, `other: ${told}`]);
  });
};
