import { beforeEach, describe, expect, it } from '@jest/globals';
import { TokenCache } from './token-cache.js';

describe('token cache', () => {
  let now: number;
  let made: string[];
  let cache: TokenCache<{ validUntil: number }>;
  beforeEach(() => {
    now = 1_000;
    made = [];
    cache = new TokenCache(() => now, 2);
  });
  const get = (key: string, validUntil = 2_000) => cache.get(key, async () => (made.push(key), { validUntil }));

  it('remembers what holds, and looks again at the second it ends', async () => {
    await get('a');
    now = 1_999;
    await get('a');
    expect(made).toEqual(['a']);
    now = 2_000;
    await get('a', 3_000);
    expect(made).toEqual(['a', 'a']);
  });

  it('tells what it knows without asking anybody, and only while it holds', async () => {
    expect(cache.known('a')).toBeUndefined();
    await get('a');
    now = 1_999;
    expect(cache.known('a')).toEqual({ validUntil: 2_000 });
    now = 2_000;
    expect(cache.known('a')).toBeUndefined();
    expect(made).toEqual(['a']);
  });

  it('remembers no refusal', async () => {
    await expect(cache.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await get('a');
    expect(made).toEqual(['a']);
  });

  it('is bounded: the oldest leaves first', async () => {
    for (const key of ['a', 'b', 'c', 'b', 'c', 'a']) await get(key);
    expect(made).toEqual(['a', 'b', 'c', 'a']);
  });
});
