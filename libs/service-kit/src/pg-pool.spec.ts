import { describe, expect, it } from '@jest/globals';
import { createPgPool } from './pg-pool.js';

describe('the pool', () => {
  it('gives up a lock before the statement, so that what waits for another is tried again', () => {
    const { lock_timeout: lock = 0, statement_timeout: statement } = createPgPool({
      url: 'postgres://nobody@localhost:1/none',
      name: 'limits',
    }).options;
    expect(lock).toBeGreaterThan(0);
    expect(lock).toBeLessThan(Number(statement));
  });
});
