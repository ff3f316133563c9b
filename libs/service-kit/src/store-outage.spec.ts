import { describe, expect, it } from '@jest/globals';
import { storeOutage } from './store-outage.js';

describe('storeOutage', () => {
  it('makes a lost connection to the store a 503 that may be tried again', () => {
    const lost = Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' });
    expect(storeOutage(lost)).toMatchObject({ kind: 'unavailable', code: 'store-unavailable', retryAfterSeconds: 1 });
  });

  it('leaves a fault of our own alone', () => {
    expect(storeOutage(new TypeError('x is not a function'))).toBeUndefined();
    expect(storeOutage(Object.assign(new Error('duplicate key'), { code: '23505' }))).toBeUndefined();
  });
});
