import { describe, expect, it } from '@jest/globals';
import {
  faultKind,
  isPassing,
  mayRepeat,
  retriesOf,
  retryAfterSeconds,
  wishesOf,
  workingBudgetMs,
} from './call-rules.js';

describe('AMB-3 what may be repeated', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])('%s may', (method) => expect(mayRepeat(method, {})).toBe(true));

  it.each(['POST', 'PATCH', 'PROPFIND', 'get'])('a bare %s may not', (method) =>
    expect(mayRepeat(method, {})).toBe(false),
  );

  it('a POST with one Idempotency-Key may', () => {
    expect(mayRepeat('POST', { 'idempotency-key': 'a' })).toBe(true);
    expect(mayRepeat('PATCH', { 'idempotency-key': ['a'] })).toBe(true);
  });

  it('a key that is empty, or there twice, is none', () => {
    expect(mayRepeat('POST', { 'idempotency-key': ' ' })).toBe(false);
    expect(mayRepeat('POST', { 'idempotency-key': ['a', 'b'] })).toBe(false);
  });
});

describe('AMB-4 what a caller may ask for', () => {
  it.each<[string, Record<string, string>, string, number]>([
    ['as configured without a wish', {}, 'GET', 2],
    ['none when switched off', { 'x-amb-retry': 'off' }, 'GET', 0],
    ['fewer', { 'x-amb-max-retries': '1' }, 'GET', 1],
    ['none', { 'x-amb-max-retries': '0' }, 'GET', 0],
    ['but not more', { 'x-amb-max-retries': '50' }, 'GET', 2],
    ['and never for a bare POST', { 'x-amb-retry': 'on', 'x-amb-max-retries': '2' }, 'POST', 0],
  ])('%s', (_, headers, method, retries) => {
    const wishes = wishesOf(headers);
    expect(wishes && retriesOf(method, headers, wishes, 2)).toBe(retries);
  });

  it.each<[Record<string, string | string[]>]>([
    [{ 'x-amb-retry': 'maybe' }],
    [{ 'x-amb-max-retries': '-1' }],
    [{ 'x-amb-max-retries': 'many' }],
    [{ 'x-deadline-ms': '1.5' }],
    [{ 'x-deadline-ms': ['1', '2'] }],
    [{ 'x-deadline-ms': '' }],
  ])('%j is no wish', (headers) => expect(wishesOf(headers)).toBeUndefined());

  it('a deadline is bounded, and a part of it is kept for the way back', () => {
    expect(wishesOf({ 'x-deadline-ms': '999999999' })?.deadlineMs).toBe(3_600_000);
    expect([9_000, 100, 5, 1, 0].map(workingBudgetMs)).toEqual([8_900, 90, 4, 0, 0]);
  });
});

describe('what an answer says', () => {
  it('passes for 429, 502, 503, 504', () => {
    expect([200, 400, 404, 409, 429, 500, 501, 502, 503, 504, 505].filter(isPassing)).toEqual([429, 502, 503, 504]);
  });

  it('is a fault of the upstream for 5xx; too many requests is none of its health', () => {
    const faults = [200, 404, 429, 500, 501, 503, 507].map(faultKind);
    expect(faults).toEqual([
      undefined,
      undefined,
      'too-many-requests',
      'internal',
      undefined,
      'unavailable',
      'internal',
    ]);
  });

  it('reads Retry-After as seconds or as a date', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    expect(retryAfterSeconds('7', now)).toBe(7);
    expect(retryAfterSeconds('Thu, 01 Jan 2026 00:00:09 GMT', now)).toBe(9);
    expect(retryAfterSeconds('Thu, 01 Jan 2020 00:00:00 GMT', now)).toBe(0);
    expect([retryAfterSeconds('soon', now), retryAfterSeconds(undefined, now), retryAfterSeconds('-1', now)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
