import { describe, expect, it } from '@jest/globals';
import { cacheRules, keyOf } from './cache-rules.js';
import { blindCacheRules } from './cache-rules.naive.js';

const HINT = { seconds: 10, staleWhileRevalidateSeconds: 5, staleIfErrorSeconds: 60 };
const route = (given: object) => ({ method: 'GET', access: 'anonymous', cache: HINT, ...given });
const lifetime = (headers: Record<string, string | string[]>, status = 200) =>
  cacheRules.lifetimeOf(HINT, { status, headers });

describe('what may be kept', () => {
  it.each([
    ['a public GET with a hint', {}, true],
    ['one without', { cache: undefined }, false],
    ['what needs a user', { access: 'user' }, false],
    ['what needs an admin', { access: 'admin' }, false],
    ['a write', { method: 'POST' }, false],
  ])('OFF-4 of routes: %s', (_what, given, is) => expect(cacheRules.hintOf(route(given)) === HINT).toBe(is));

  it.each([
    [{}, false],
    [{ cookie: 'souk-visitor=abc' }, false],
    [{ authorization: 'Bearer x' }, true],
    [{ cookie: 'a=b; souk-session=x' }, true],
    [{ cookie: '__Host-souk-session=x' }, true],
  ])('OFF-4 %j are credentials: %s', (headers, are) => expect(cacheRules.hasCredentials(headers)).toBe(are));

  it.each<[string, number, Record<string, string | string[]>]>([
    ['another status', 404, {}],
    ['a failure', 503, {}],
    ['what sets a cookie', 200, { 'set-cookie': ['a=b'] }],
    ['no-store', 200, { 'cache-control': 'max-age=60, no-store' }],
    ['private', 200, { 'cache-control': 'Private, max-age=60' }],
    ['no-cache', 200, { 'cache-control': 'no-cache' }],
    ['max-age=0', 200, { 'cache-control': 'max-age=0' }],
    ['s-maxage=0', 200, { 'cache-control': 'max-age=60, s-maxage=0' }],
    ['a lifetime that is none', 200, { 'cache-control': 'max-age=soon' }],
    ['Vary: *', 200, { vary: '*' }],
    ['what depends on who asks', 200, { vary: 'Accept, Cookie' }],
  ])('OFF-4 not %s', (_what, status, headers) => expect(lifetime(headers, status)).toBeUndefined());

  it.each<[string, Record<string, string>, object]>([
    [
      'as long as the route says',
      {},
      { freshMs: 10_000, staleMs: 15_000, usableMs: 70_000, isPublic: false, vary: [] },
    ],
    [
      'no longer than the answer says',
      { 'cache-control': 'max-age=3' },
      { freshMs: 3_000, staleMs: 8_000, usableMs: 63_000 },
    ],
    ['no longer than the route says', { 'cache-control': 'max-age=300' }, { freshMs: 10_000 }],
    [
      'by what is meant for shared caches',
      { 'cache-control': 'max-age=1, s-maxage="5"' },
      { freshMs: 5_000, isPublic: true },
    ],
    ['for everybody, if that is said', { 'cache-control': 'public' }, { isPublic: true }],
    [
      'never when it is old, if that is said',
      { 'cache-control': 'max-age=5, must-revalidate' },
      { staleMs: 5_000, usableMs: 5_000 },
    ],
    ['by language, whatever the coding', { vary: 'Accept-Language, Accept-Encoding' }, { vary: ['accept-language'] }],
  ])('OFF-4 %s', (_what, headers, expected) => expect(lifetime(headers)).toMatchObject(expected));

  it('OFF-4 anything, by the variant that looks at nobody', () => {
    expect(blindCacheRules.hintOf(route({ access: 'user', cache: undefined }))).toEqual({
      seconds: 1,
      staleWhileRevalidateSeconds: 0,
      staleIfErrorSeconds: 0,
    });
    expect(blindCacheRules.hasCredentials({ authorization: 'Bearer x' })).toBe(false);
    const headers = { 'cache-control': 'private', 'set-cookie': 'a=b', vary: 'Cookie' };
    expect(blindCacheRules.lifetimeOf(HINT, { status: 200, headers })).toEqual(lifetime({}));
  });

  it.each([
    ['/api/products', '/api/products?', true],
    ['/api/products?a=1&b=2', '/api/products?b=2&a=1', true],
    ['/api/products?a=1&&b=2', '/api/products?a=1&b=2&', true],
    ['/api/products?a=1&a=2', '/api/products?a=2&a=1', false],
    ['/api/products?a=1', '/api/products?a=2', false],
    ['/api/products?a=1', '/api/products/a=1', false],
  ])('OFF-4 %s and %s are the same: %s', (one, other, same) =>
    expect(keyOf('shop', one) === keyOf('shop', other)).toBe(same),
  );

  it('OFF-4 keeps hosts apart', () => expect(keyOf('one', '/a')).not.toBe(keyOf('two', '/a')));
});
