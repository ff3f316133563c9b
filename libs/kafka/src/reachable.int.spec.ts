import { describe, expect, it } from '@jest/globals';
import { testInfra } from '@souk/testing';
import { isReachable } from './reachable.js';

describe('isReachable', () => {
  it('is told by one broker that takes a connection', async () => {
    const brokers = testInfra().kafkaBrokers;
    await expect(isReachable(['127.0.0.1:1', ...brokers])).resolves.toBe(true);
    await expect(isReachable(['127.0.0.1:1'])).resolves.toBe(false);
    await expect(isReachable([])).resolves.toBe(false);
  });
});
