import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { HttpResponse } from '@souk/http';
import { cacheRules } from './cache-rules.js';
import { ABOUT, answer, HINT } from './response-cache.mother.js';
import { ResponseCache } from './response-cache.js';

describe('answers from before, while their service fails', () => {
  let now: number;
  let cache: ResponseCache;
  let loads: number;
  beforeEach(() => {
    [now, loads] = [0, 0];
    cache = new ResponseCache({ maxBytes: 1e6, rules: cacheRules, now: () => now });
  });
  const asked = (load: () => Promise<HttpResponse>) => {
    const counted = (): Promise<HttpResponse> => {
      loads++;
      return load();
    };
    return cache.get({ key: 'k', headers: {}, hint: HINT, about: ABOUT, load: counted });
  };
  const get = async (text: string) => {
    const outcome = await asked(async () => answer(text));
    return [outcome.kind, 'kept' in outcome ? outcome.kept.body.toString() : undefined];
  };
  const failing = (status?: number) =>
    asked(async () => {
      if (status === undefined) throw new Error('gone');
      return answer('', {}, status);
    });

  it.each([[undefined], [503]])(
    'CCH-9 answers with what is old while its service fails (%s), not for ever',
    async (status) => {
      await get('one');
      now = 69_999;
      const outcome = await failing(status);
      expect(outcome).toMatchObject({ kind: 'failed' });
      expect('kept' in outcome && outcome.kept.body.toString()).toBe('one');
      now = 70_000;
      if (status === undefined) await expect(failing()).rejects.toThrow('gone');
      else expect(await failing(status)).toMatchObject({ kind: 'passed', answer: { status } });
    },
  );

  it('CCH-9 answers a hundred who come at once with what is old, and asks the service that fails but once', async () => {
    await get('one');
    now = 20_000;
    const all = await Promise.all(Array.from({ length: 100 }, () => failing(503)));
    expect(new Set(all.map((outcome) => 'kept' in outcome && `${outcome.kind} ${outcome.status}`))).toEqual(
      new Set(['failed 503']),
    );
    expect(loads).toBe(2);
  });

  it('CCH-9 answers with what is old whoever comes just after a refresh began that fails', async () => {
    await get('one');
    now = 14_999;
    const gate = Promise.withResolvers<HttpResponse>();
    expect((await asked(() => gate.promise)).kind).toBe('refreshing');
    now = 15_000;
    const late = get('never');
    gate.resolve(answer('', {}, 500));
    expect([await late, loads]).toEqual([['failed', 'one'], 2]);
  });

  it('CCH-9 answers with what is old when its service hangs, and goes on waiting for what is new', async () => {
    await get('one');
    now = 20_000;
    jest.useFakeTimers();
    try {
      const gate = Promise.withResolvers<HttpResponse>();
      const [first, second] = [asked(() => gate.promise), get('never')];
      await jest.advanceTimersByTimeAsync(499);
      const early = await Promise.race([first, Promise.resolve('still waiting')]);
      await jest.advanceTimersByTimeAsync(1);
      expect([early, (await first).kind, await second, loads]).toEqual([
        'still waiting',
        'failed',
        ['failed', 'one'],
        2,
      ]);
      gate.resolve(answer('two'));
      await jest.advanceTimersByTimeAsync(0);
      expect([await get('three'), jest.getTimerCount()]).toEqual([['hit', 'two'], 0]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('says what went wrong when it has nothing', async () => {
    await expect(failing()).rejects.toThrow('gone');
    expect(await failing(404)).toMatchObject({ kind: 'passed', answer: { status: 404 } });
  });
});
