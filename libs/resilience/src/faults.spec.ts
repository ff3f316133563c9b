import { describe, expect, it } from '@jest/globals';
import { CircuitOpen, type Fault, FaultError, faultOf, LimitReached, RetriesExhausted } from './faults.js';

const withCode = (code: string) => Object.assign(new Error(code), { code });
const coded = (kind: string, extra: object = {}) =>
  Object.assign(new Error(kind), { kind, code: 'some-code', ...extra });

describe('what a failed call says about the other side', () => {
  it.each<[string, unknown, Fault | undefined]>([
    ['a refused connection', withCode('ECONNREFUSED'), { kind: 'unreachable' }],
    ['no address', withCode('ENOTFOUND'), { kind: 'unreachable' }],
    ['no connection in time', withCode('UND_ERR_CONNECT_TIMEOUT'), { kind: 'unreachable' }],
    ['a lost connection', withCode('ECONNRESET'), { kind: 'reset' }],
    [
      'the same behind a coded error',
      coded('unavailable', { cause: withCode('UND_ERR_SOCKET'), retryAfterSeconds: 1 }),
      { kind: 'reset' },
    ],
    ['no headers in time', withCode('UND_ERR_HEADERS_TIMEOUT'), { kind: 'timeout' }],
    ['our own limit', new LimitReached(), { kind: 'timeout' }],
    ['a timeout further on', coded('timeout'), { kind: 'timeout' }],
    ['503', coded('unavailable'), { kind: 'busy', retryAfterMs: undefined }],
    ['503 with Retry-After', coded('unavailable', { retryAfterSeconds: 2 }), { kind: 'busy', retryAfterMs: 2_000 }],
    [
      '429 with Retry-After',
      coded('too-many-requests', { retryAfterSeconds: 0 }),
      { kind: 'throttled', retryAfterMs: 0 },
    ],
    [
      'a call that broke in some other way: nobody asked for a pause',
      coded('unavailable', { code: 'upstream-unavailable', cause: withCode('EMFILE'), retryAfterSeconds: 1 }),
      { kind: 'failed' },
    ],
    ['500', coded('internal'), { kind: 'failed' }],
    ['an error of no kind', new Error('?'), { kind: 'failed' }],
    ['something that is no error', 'oops', { kind: 'failed' }],
    ['not found', coded('not-found'), undefined],
    ['a conflict', coded('conflict'), undefined],
    ['a caller who left', new FaultError('cancelled', 'call-cancelled', ''), undefined],
  ])('CB-5, RTY-1: %s', (_what, error, fault) => expect(faultOf(error)).toEqual(fault));
});

describe('what the policies themselves refuse', () => {
  it('CB-2: an open circuit says when to come back, at least a second later, and what failed last', () => {
    const cause = new Error('no route');
    expect(new CircuitOpen('x', 1_400, cause)).toMatchObject({ name: 'CircuitOpen', retryAfterSeconds: 2, cause });
    expect(new CircuitOpen('x', -5, cause).retryAfterSeconds).toBe(1);
    expect(new CircuitOpen('x', 0, cause).message).toBe('x is failing; calls to it are paused.');
  });

  it.each([
    [{ kind: 'timeout' }, 'timeout', 'upstream-timeout'],
    [{ kind: 'busy' }, 'unavailable', 'upstream-unavailable'],
  ] as const)('RTY-11: %j that no try mended is %s', (fault, kind, code) => {
    const cause = coded('unavailable', { retryAfterSeconds: 3 });
    expect(new RetriesExhausted('x', 3, 'attempts', fault, cause)).toMatchObject({
      name: 'RetriesExhausted',
      attempts: 3,
      exhausted: 'attempts',
      kind,
      code,
      retryAfterSeconds: 3,
      cause,
    });
  });
});
