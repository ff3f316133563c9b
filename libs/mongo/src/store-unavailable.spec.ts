import { describe, expect, it } from '@jest/globals';
import { isConnectionLoss, StoreUnavailable, whenReachable } from './store-unavailable.js';

const named = (name: string, extra: object = {}): Error => Object.assign(new Error('x'), { name }, extra);

describe('a lost connection', () => {
  it.each<[string, unknown, boolean]>([
    ['a broken socket', named('MongoNetworkError'), true],
    ['an answer that took too long', named('MongoNetworkTimeoutError'), true],
    ['no server', named('MongoServerSelectionError'), true],
    ['no free connection', named('MongoWaitQueueTimeoutError'), true],
    ['a pool that was cleared', named('MongoPoolClearedError'), true],
    // The driver gives this one a name without its usual prefix.
    ['a server that fell silent', named('PoolClearedOnNetworkError'), true],
    ['a pool that was closed', named('MongoPoolClosedError'), true],
    ['a primary that stepped down', named('MongoServerError', { code: 10_107 }), true],
    ['a mapper that never connected', named('MongooseError', { message: 'before initial connection' }), true],
    ['a mapper that is used wrongly', named('MongooseError'), false],
    ['a duplicate key', named('MongoServerError', { code: 11_000 }), false],
    ['a bug', new TypeError('x is not a function'), false],
    ['no error at all', 'MongoNetworkError', false],
  ])('%s: %s', (_what, error, expected) => expect(isConnectionLoss(error)).toBe(expected));

  it('gets a name that callers and consumers understand; other errors keep theirs', async () => {
    const lost = whenReachable(() => Promise.reject(named('MongoNetworkError')));
    await expect(lost).rejects.toMatchObject({ kind: 'unavailable', code: 'store-unavailable', retryAfterSeconds: 1 });
    await expect(lost).rejects.toThrow(StoreUnavailable);
    await expect(whenReachable(() => Promise.reject(new TypeError('bug')))).rejects.toThrow(TypeError);
    await expect(whenReachable(async () => 7)).resolves.toBe(7);
  });
});
