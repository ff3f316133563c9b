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

  it('tells of a broken connection without its client, which knows its secret key', () => {
    const told: Error[] = [];
    const url = 'postgres://nobody@localhost:1/none';
    const pool = createPgPool({ url, name: 'broken', onError: (error) => void told.push(error) });
    const broken = Object.assign(new Error('terminated'), { client: { secretKey: 7 } });
    pool.emit('error', broken, undefined as never);
    expect(told.map((error) => ({ ...error, message: error.message }))).toEqual([{ message: 'terminated' }]);
  });
});
