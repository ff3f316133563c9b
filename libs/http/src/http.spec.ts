import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { canonicalHash } from './canonical-hash.js';
import { CodedError } from './coded-error.js';
import { parseIdempotencyKey } from './idempotency-key.js';
import { problemOf } from './problem.js';
import { parseInput } from './validation.js';

describe('idempotency key', () => {
  it('is one value of 1 to 255 visible ASCII characters', () => {
    expect(parseIdempotencyKey('0193-ab')).toBe('0193-ab');
    expect(parseIdempotencyKey('~'.repeat(255))).toHaveLength(255);
  });

  it.each<[string, string | string[] | undefined, string]>([
    ['none', undefined, 'missing'],
    ['an empty one', '', 'missing'],
    ['two', ['a', 'b'], 'invalid'],
    ['two that were joined', 'a, b', 'invalid'],
    ['a long one', 'x'.repeat(256), 'invalid'],
    ['other characters', 'schlüssel', 'invalid'],
  ])('refuses %s', (_what, header, why) => {
    expect(() => parseIdempotencyKey(header)).toThrow(
      expect.objectContaining({ kind: 'invalid', code: `idempotency-key-${why}` }),
    );
  });
});

describe('canonical hash', () => {
  it('does not depend on the order of keys, at any depth', () => {
    expect(canonicalHash({ a: 1, b: { c: [1, { d: 2, e: 3 }] } })).toBe(
      canonicalHash({ b: { c: [1, { e: 3, d: 2 }] }, a: 1 }),
    );
  });

  it.each([
    [{ a: 1 }, { a: '1' }],
    [{ a: [1, 2] }, { a: [2, 1] }],
    [{ a: null }, {}],
    [[], {}],
    [undefined, null],
  ])('tells %j from %j', (one, other) => {
    expect(canonicalHash(one)).not.toBe(canonicalHash(other));
  });

  it('is sha256 in hex', () => {
    expect(canonicalHash({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });
});

describe('problem details', () => {
  it('show a coded error as it is', () => {
    const error = new CodedError('conflict', 'price-changed', 'It costs more now.', {
      errors: [{ path: 'total', message: '2' }],
    });
    expect(problemOf(error, { instance: '/orders', traceId: 't' })).toEqual({
      unexpected: false,
      problem: {
        type: 'https://souk.dev/problems/price-changed',
        title: 'Conflict',
        status: 409,
        code: 'price-changed',
        detail: 'It costs more now.',
        instance: '/orders',
        traceId: 't',
        errors: [{ path: 'total', message: '2' }],
      },
    });
  });

  it.each<[string, unknown]>([
    ['an unknown error', new Error('secret')],
    ['an internal coded error', new CodedError('internal', 'secret', 'secret')],
    ['an error with a kind nobody knows', Object.assign(new Error('secret'), { code: 'x', kind: 'secret' })],
    ['an error of the database', Object.assign(new Error('secret'), { code: '23505' })],
    ['a thrown nothing', undefined],
  ])('hide %s', (_what, error) => {
    const { problem, unexpected } = problemOf(error, {});
    expect([problem.status, problem.code, unexpected, JSON.stringify(problem).includes('secret')]).toEqual([
      500,
      'internal-error',
      true,
      false,
    ]);
  });

  it.each([
    [405, 405, 'method-not-allowed'],
    [406, 400, 'bad-request'],
    [408, 408, 'request-timeout'],
    [417, 400, 'bad-request'],
    [431, 431, 'too-many-headers'],
    [501, 500, 'internal-error'],
  ])('answer the framework’s %i with %i %s', (given, status, code) => {
    const error = Object.assign(new Error('framework'), { statusCode: given, code: 'FST_ERR_X' });
    expect(problemOf(error, {}).problem).toMatchObject({ status, code });
  });

  it('take no notice of a caller who left: it is nobody’s fault', () => {
    const { problem, unexpected } = problemOf(new CodedError('cancelled', 'call-cancelled', 'The caller gave up.'), {});
    expect([problem.status, problem.code, unexpected]).toEqual([503, 'call-cancelled', false]);
  });

  it('take a zod error for wrong input', () => {
    const { error } = z.strictObject({ a: z.int() }).safeParse({ a: 'x', b: 1 });
    const expected = [expect.objectContaining({ path: 'a' }), { path: 'b', message: 'unknown field' }];
    expect(problemOf(error, {}).problem).toMatchObject({ status: 400, code: 'validation-failed', errors: expected });
    expect(() => parseInput(z.int(), 'x')).toThrow(expect.objectContaining({ code: 'validation-failed' }));
  });
});
