import { beforeEach, describe, expect, it } from '@jest/globals';
import { LocalLevel } from './local-level.js';

const MAX = 100_000;

describe('copies in the process', () => {
  let now: number;
  let level: LocalLevel;

  beforeEach(() => {
    now = 0;
    level = new LocalLevel(MAX, () => now);
  });
  const set = (key: string, bytes = 1_000, tag = key, ttlMs = 1_000): void =>
    level.set(key, { text: 'x'.repeat(bytes), tag }, ttlMs);
  const has = (key: string): boolean => level.get(key) !== undefined;

  it('CCH-5 are bounded in bytes, and what was used least recently goes first', () => {
    for (let n = 0; n < 80; n++) set(`k${n}`);
    expect(has('k0')).toBe(true);
    for (let n = 80; n < 160; n++) set(`k${n}`);
    const { bytes, entries, evictions } = level.stats();
    expect(bytes).toBeLessThanOrEqual(MAX);
    expect(bytes).toBeGreaterThan(MAX * 0.95);
    expect(entries + evictions).toBe(160);
    expect([has('k1'), has('k159')]).toEqual([false, true]);
    set('k0');
    for (let n = 160; n < 200; n++) {
      set(`k${n}`);
      expect(has('k0')).toBe(true);
    }
  });

  it('CCH-5 are counted as bytes, not as characters', () => {
    level.set('k', { text: '€'.repeat(1_000), tag: 't' }, 1_000);
    expect(level.stats().bytes).toBeGreaterThan(3_000);
  });

  it('CCH-5 do not make room for one that is huge', () => {
    set('small');
    set('huge', MAX / 4);
    expect([has('huge'), has('small'), level.stats().evictions]).toEqual([false, true, 0]);
  });

  it('end', () => {
    set('k');
    now = 999;
    expect(has('k')).toBe(true);
    now = 1_000;
    expect([has('k'), level.stats().entries]).toEqual([false, 0]);
    set('none', 10, 'none', 0);
    expect(has('none')).toBe(false);
  });

  it('go with their tag, and only they', () => {
    set('a1', 10, 'a');
    set('a2', 10, 'a');
    set('b', 10);
    set('a1', 10, 'a');
    level.drop('a');
    level.drop('unknown');
    expect([has('a1'), has('a2'), has('b')]).toEqual([false, false, true]);
  });

  it('that had to go and came back still go with their tag', () => {
    set('k', 1_000, 'tag');
    for (let n = 0; n < 200; n++) set(`other${n}`);
    expect(has('k')).toBe(false);
    set('k', 1_000, 'tag');
    level.drop('tag');
    expect(has('k')).toBe(false);
  });
});
