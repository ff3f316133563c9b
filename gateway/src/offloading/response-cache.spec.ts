import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { HttpResponse } from '@souk/http';
import { cacheRules } from './cache-rules.js';
import { ABOUT, answer, HINT } from './response-cache.mother.js';
import { ResponseCache, type Wanted } from './response-cache.js';

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('the cache of answers', () => {
  let now: number;
  let cache: ResponseCache;
  let loads: number;
  const open = (maxBytes = 1e6) => new ResponseCache({ maxBytes, rules: cacheRules, now: () => now });
  beforeEach(() => {
    [now, loads] = [0, 0];
    cache = open();
  });
  const wanted = (load: () => Promise<HttpResponse>, given: Partial<Wanted> = {}): Wanted => ({
    key: 'k',
    headers: {},
    hint: HINT,
    about: ABOUT,
    load: () => {
      loads++;
      return load();
    },
    ...given,
  });
  const get = async (text: string, given?: Partial<Wanted>) => {
    const outcome = await cache.get(wanted(async () => answer(text), given));
    return [outcome.kind, 'kept' in outcome ? outcome.kept.body.toString() : undefined];
  };

  it('CCH-1 asks once, and answers by itself until that is no longer fresh', async () => {
    expect(await get('one')).toEqual(['stored', 'one']);
    now = 9_999;
    expect(await get('two')).toEqual(['hit', 'one']);
    expect([cache.fresh('k', {})?.body.toString(), loads]).toEqual(['one', 1]);
    now = 10_000;
    expect(cache.fresh('k', {})).toBeUndefined();
  });

  it('answers with what is old while it fetches what is new, and only one does', async () => {
    await get('one');
    now = 14_999;
    expect(await Promise.all([get('two'), get('two')])).toEqual([
      ['refreshing', 'one'],
      ['refreshing', 'one'],
    ]);
    await tick();
    expect([await get('three'), loads]).toEqual([['hit', 'two'], 2]);
  });

  it('asks before it answers when that is too old', async () => {
    await get('one');
    now = 15_000;
    expect(await get('two')).toEqual(['stored', 'two']);
  });

  it('CCH-11 asks once for a hundred who come at the same time', async () => {
    const gate = Promise.withResolvers<HttpResponse>();
    const all = Array.from({ length: 100 }, () => cache.get(wanted(() => gate.promise)));
    gate.resolve(answer('one'));
    const kinds = (await Promise.all(all)).map(({ kind }) => kind);
    expect([loads, kinds.filter((kind) => kind === 'stored').length]).toEqual([1, 1]);
    expect(kinds.filter((kind) => kind === 'collapsed')).toHaveLength(99);
  });

  it('CCH-11 fails a hundred at once, and asks again for the next one', async () => {
    const gate = Promise.withResolvers<HttpResponse>();
    const all = Array.from({ length: 100 }, () => cache.get(wanted(() => gate.promise)));
    gate.reject(new Error('gone'));
    const results = await Promise.allSettled(all);
    expect([loads, results.every(({ status }) => status === 'rejected')]).toEqual([1, true]);
    expect(await get('one')).toEqual(['stored', 'one']);
  });

  it('lets nobody wait for what cannot be shared', async () => {
    const secret = () => cache.get(wanted(async () => answer('mine', { 'cache-control': 'private' })));
    const [first, second] = await Promise.all([secret(), secret()]);
    expect([first.kind, second.kind, loads]).toEqual(['passed', 'alone', 1]);
    expect((await secret()).kind).toBe('alone');
    now = 10_000;
    expect(await get('one')).toEqual(['stored', 'one']);
  });

  it('keeps nothing that is large, whether or not it says so', async () => {
    const text = 'x'.repeat(256 * 1024 + 1);
    const { 'content-length': _, ...headers } = answer(text).headers;
    const large = await cache.get(wanted(async () => answer(text)));
    const unknown = await cache.get(wanted(async () => ({ ...answer(text), headers }), { key: 'other' }));
    expect([large.kind, unknown.kind, cache.fresh('k', {}), cache.fresh('other', {})]).toEqual([
      'passed',
      'alone',
      undefined,
      undefined,
    ]);
    const most = await cache.get(wanted(async () => ({ ...answer(text.slice(1)), headers }), { key: 'most' }));
    expect([most.kind, cache.fresh('most', {})?.body.length]).toEqual(['stored', 256 * 1024]);
  });

  it('keeps nothing that was cut', async () => {
    const cut = Readable.from(
      (function* () {
        yield Buffer.from('ha');
        throw new Error('cut');
      })(),
    );
    const load = async () => ({ ...answer('half'), body: cut as unknown as HttpResponse['body'] });
    await expect(cache.get(wanted(load))).rejects.toMatchObject({ code: 'upstream-unavailable' });
    expect(cache.fresh('k', {})).toBeUndefined();
  });

  it('keeps answers apart that depend on a header, of the service or of the route', async () => {
    const of = (language: string, api?: string) =>
      cache.get(
        wanted(async () => answer(`${language} ${api}`, { vary: 'accept-language' }), {
          headers: { 'accept-language': language, ...(api !== undefined && { 'x-api': api }) },
          about: { ...ABOUT, chosenBy: ['x-api'] },
        }),
      );
    const bodies = [await of('de'), await of('en'), await of('de', '2'), await of('de'), await of('en')];
    expect(bodies.map((one) => 'kept' in one && one.kept.body.toString())).toEqual([
      'de undefined',
      'en undefined',
      'de 2',
      'de undefined',
      'en undefined',
    ]);
    expect(loads).toBe(3);
    expect(cache.fresh('k', { 'accept-language': 'en' })?.body.toString()).toBe('en undefined');
    expect(cache.fresh('k', { 'accept-language': 'fr' })).toBeUndefined();
  });

  it('CCH-2 forgets what was written, also what was asked for before and comes after', async () => {
    const gate = Promise.withResolvers<HttpResponse>();
    const early = cache.get(wanted(() => gate.promise));
    cache.purge('catalog');
    // Who comes after the write is not answered by what was asked before it.
    const late = get('new');
    gate.resolve(answer('old'));
    expect(await late).toEqual(['stored', 'new']);
    expect((await early).kind).toBe('stored');
    expect(cache.fresh('k', {})?.body.toString()).toBe('new');
  });

  it('CCH-11 does not let those wait for one another whose answers differ, known before or not', async () => {
    const ask = (language: string) =>
      cache.get(
        wanted(async () => (await tick(), answer(language, { vary: 'accept-language' })), {
          headers: { 'accept-language': language },
        }),
      );
    const outcomes = async () =>
      (await Promise.all([ask('en'), ask('de'), ask('en')])).map((one) => [
        one.kind,
        'kept' in one ? one.kept.body.toString() : undefined,
      ]);
    expect(await outcomes()).toEqual([
      ['stored', 'en'],
      ['alone', undefined],
      ['collapsed', 'en'],
    ]);
    now = 1e6;
    expect(await outcomes()).toEqual([
      ['stored', 'en'],
      ['stored', 'de'],
      ['collapsed', 'en'],
    ]);
  });

  it('passes on what is not to be kept without forgetting on what the others depend', async () => {
    const ask = (language: string, status = 200) =>
      cache.get(
        wanted(async () => answer(language, { vary: 'accept-language' }, status), {
          headers: { 'accept-language': language },
        }),
      );
    const kinds = [await ask('en'), await ask('xx', 404), await ask('xx', 404), await ask('en')].map(
      ({ kind }) => kind,
    );
    expect(kinds).toEqual(['stored', 'passed', 'alone', 'hit']);
  });

  it('CCH-2 keeps what is asked for while something is written elsewhere', async () => {
    const gate = Promise.withResolvers<HttpResponse>();
    const early = cache.get(
      wanted(() => gate.promise, { headers: { 'x-api': '1' }, about: { ...ABOUT, chosenBy: ['x-api'] } }),
    );
    cache.purge('order');
    gate.resolve(answer('one'));
    await early;
    const secret = async () => answer('mine', { 'cache-control': 'private' });
    await cache.get(wanted(secret, { key: 'p' }));
    expect([cache.purge('order'), cache.entries]).toEqual([0, 3]);
    expect(cache.fresh('k', { 'x-api': '1' })?.body.toString()).toBe('one');
    expect([cache.purge('catalog'), cache.entries]).toEqual([1, 0]);
  });

  it('CCH-2 forgets only what is of that service', async () => {
    await get('one');
    await get('stock', { key: 's', about: { ...ABOUT, upstream: 'inventory', route: '/x' } });
    expect([cache.purge('catalog'), cache.entries]).toEqual([1, 1]);
    expect([cache.purge(), cache.entries, cache.bytes]).toEqual([1, 0, 0]);
  });

  it('CCH-5 takes no more memory than it may; what was not used for longest leaves', async () => {
    cache = open(20_000);
    for (let n = 0; n < 30; n++) {
      await get('x'.repeat(500), { key: `k${n}` });
      await get('x', { key: 'k0' });
      expect(cache.bytes).toBeLessThanOrEqual(20_000);
    }
    expect(cache.entries).toBeLessThan(12);
    expect(
      [cache.fresh('k0', {}), cache.fresh('k29', {}), cache.fresh('k5', {})].map((one) => one !== undefined),
    ).toEqual([true, true, false]);
  });

  it.each<[string, Buffer, string]>([
    ['ASCII', Buffer.from('{"n":1}'), 'latin1'],
    ['other text', Buffer.from('{"name":"Café ☕ 茶"}'), 'utf8'],
    ['no text at all', Buffer.from([0xff, 0x00, 0xc3, 0x28, 0x80]), 'latin1'],
  ])('gives back %s byte by byte', async (_what, bytes, encoding) => {
    const body = { stream: () => Readable.from([bytes]) } as unknown as HttpResponse['body'];
    const outcome = await cache.get(wanted(async () => ({ ...answer(''), headers: {}, body })));
    const kept = 'kept' in outcome ? outcome.kept : undefined;
    expect([kept?.encoding, kept && Buffer.from(kept.text, kept.encoding)]).toEqual([encoding, bytes]);
  });

  it('gives every answer a validator, the one of its service if it has one', async () => {
    const etag = async (headers: Record<string, string>) => {
      cache = open();
      const outcome = await cache.get(wanted(async () => answer('one', headers)));
      return 'kept' in outcome ? outcome.kept.etag : '';
    };
    expect(await etag({ etag: '"7"' })).toBe('W/"7"');
    expect(await etag({})).toMatch(/^W\/"[\w-]{27}"$/);
  });
});
