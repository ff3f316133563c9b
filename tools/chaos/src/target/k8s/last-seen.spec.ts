import { describe, expect, it } from '@jest/globals';
import { lastSeen } from './last-seen.ts';

describe('what was seen last', () => {
  /** Looks that end when they are told to. */
  function looks() {
    const pending: { found: (value: string) => void; failed: () => void }[] = [];
    let now = 0;
    const look = (): Promise<string> =>
      new Promise((found, reject) => pending.push({ found, failed: () => reject(new Error('too late')) }));
    return { pending, seen: lastSeen(look, 2_000, () => now), later: (ms: number) => void (now += ms) };
  }

  it('is waited for only once', async () => {
    const { pending, seen } = looks();
    const first = seen();
    pending[0]?.found('a');
    expect([await first, await seen()]).toEqual(['a', 'a']);
    expect(pending).toHaveLength(1);
  });

  it('is answered while somebody looks anew', async () => {
    const { pending, seen, later } = looks();
    const first = seen();
    pending[0]?.found('a');
    await first;
    later(2_001);
    expect([await seen(), await seen(), pending.length]).toEqual(['a', 'a', 2]);
    pending[1]?.found('b');
    await Promise.resolve();
    expect(await seen()).toBe('b');
  });

  it('stays where a look fails, and the next one is tried', async () => {
    const { pending, seen, later } = looks();
    const first = seen();
    pending[0]?.failed();
    await expect(first).rejects.toThrow('too late');
    later(2_001);
    const second = seen();
    pending[1]?.found('b');
    expect(await second).toBe('b');
  });

  it('is no answer any more where looks have failed for some seconds, until one succeeds', async () => {
    const { pending, seen, later } = looks();
    const first = seen();
    pending[0]?.found('a');
    await first;
    later(4_900);
    expect(await seen()).toBe('a');
    pending[1]?.failed();
    later(101);
    await expect(seen()).rejects.toThrow('nothing was seen for 5 s');
    later(2_000);
    await expect(seen()).rejects.toThrow('nothing was seen for 5 s');
    pending[2]?.found('b');
    await Promise.resolve();
    expect(await seen()).toBe('b');
  });
});
