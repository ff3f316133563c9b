import { describe, expect, it } from '@jest/globals';
import { notReady } from './health.ts';

describe('the health of a shop', () => {
  it('misses every wanted process that is not ready', () => {
    const lines = (['ready', 'starting', 'unhealthy', 'restarting', 'stopped'] as const).map((health) => ({
      name: health,
      health,
    }));
    expect(notReady(lines)).toEqual(['starting', 'unhealthy', 'restarting']);
  });
});
