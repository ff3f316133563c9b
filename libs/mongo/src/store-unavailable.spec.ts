import { describe, expect, it } from '@jest/globals';
import { isConnectionLoss, StoreUnavailable, whenReachable } from './store-unavailable.js';

const named = (name: string, extra: object = {}): Error => Object.assign(new Error('x'), { name }, extra);

/** The driver's own shape: what it met is in `errorResponse`, an Error or the server's answer. */
const bulk = (errorResponse: unknown): Error => named('MongoBulkWriteError', { errorResponse });

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
    ['a bulk write that lost its connection', bulk(named('MongoNetworkError')), true],
    ['a bulk write that found a pool cleared', bulk(named('PoolClearedOnNetworkError')), true],
    ['a bulk write of a bug', bulk(new TypeError('x is not a function')), false],
    ['a bulk write that the server refused', bulk({ code: 11_000, name: 'MongoNetworkError' }), false],
    ['what was caused by a broken socket', new Error('x', { cause: named('MongoNetworkError') }), true],
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
