import { describe, expect, it } from '@jest/globals';
import { alsoVary, codingFor, isCompressible, weakened } from './encodings.js';

describe('the coding of an answer', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['br;q=0.5, gzip;q=0.9', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['*', 'br'],
    ['*;q=0.5, gzip', 'gzip'],
    ['br;q=0.2, *;q=0.1', 'br'],
    ['identity, gzip;q=0.5', undefined],
    ['identity;q=0, br', 'br'],
    ['gzip;q=0', undefined],
    ['gzip;q=x', undefined],
    ['deflate', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('OFF-4 for %j is %s', (header, coding) => {
    expect([codingFor(header), codingFor(header)]).toEqual([coding, coding]);
  });

  it('OFF-4 is remembered for a few headers only, right for all of them', () => {
    for (let n = 0; n < 1_000; n++) expect(codingFor(`gzip, x${n}`)).toBe('gzip');
  });
});

it.each([
  ['application/json; charset=utf-8', true],
  ['application/problem+json', true],
  ['text/html', true],
  ['image/svg+xml', true],
  ['text/event-stream', false],
  ['text/event-stream; charset=utf-8', false],
  ['image/png', false],
  ['application/octet-stream', false],
  [undefined, false],
])('OFF-4 compresses %s: %s', (type, is) => expect(isCompressible(type)).toBe(is));

it.each([
  [undefined, 'Accept-Encoding'],
  ['Origin', 'Origin, Accept-Encoding'],
  [['Origin', 'accept'], 'Origin, accept, Accept-Encoding'],
  ['accept-encoding', 'accept-encoding'],
  ['*', '*'],
])('Vary %j grows to %s', (vary, grown) => expect(alsoVary(vary, 'Accept-Encoding')).toBe(grown));

it('Vary grows by those names that it has not', () => {
  expect(alsoVary('Origin, X-B', 'x-a', 'x-b', 'accept')).toBe('Origin, X-B, x-a, accept');
  expect(alsoVary(undefined, 'x-a', 'x-b')).toBe('x-a, x-b');
  expect(alsoVary('*', 'x-a')).toBe('*');
});

it('validators of what was compressed are weak', () => {
  expect(['"7"', 'W/"7"'].map(weakened)).toEqual(['W/"7"', 'W/"7"']);
});
