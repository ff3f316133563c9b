import { describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { isTransient, withTransaction } from './transaction.js';

describe('withTransaction', () => {
  /** A pool of one client that keeps what was said to it; `broken` names a statement that fails. */
  const aPool = (broken?: string) => {
    const log: unknown[] = [];
    const client = {
      on: () => undefined,
      off: () => undefined,
      query: async (text: string) => {
        log.push(text);
        if (text === broken) throw new Error(`${text} failed`);
      },
      release: (error?: Error) => void log.push(['release', error?.message]),
    };
    return { log, pool: { connect: async () => client } as unknown as pg.Pool };
  };
  const fail = () => Promise.reject(new Error('no'));

  it('commits what succeeds and gives the client back', async () => {
    const { log, pool } = aPool();
    expect(await withTransaction(pool, async () => 42)).toBe(42);
    expect(log).toEqual(['begin', 'commit', ['release', undefined]]);
  });

  it('rolls back what fails and gives the client back', async () => {
    const { log, pool } = aPool();
    await expect(withTransaction(pool, fail)).rejects.toThrow('no');
    expect(log).toEqual(['begin', 'rollback', ['release', undefined]]);
  });

  it('destroys a client that cannot even roll back, and tells the first error', async () => {
    const { log, pool } = aPool('rollback');
    await expect(withTransaction(pool, fail)).rejects.toThrow('no');
    expect(log.at(-1)).toEqual(['release', 'rollback failed']);
  });
});

const withCode = (code: string): Error => Object.assign(new Error('boom'), { code });

describe('isTransient', () => {
  it.each(['08006', '25006', '28P01', '40001', '40P01', '53300', '57P01', '55P03', 'ECONNREFUSED', 'ECONNRESET'])(
    'waits for %s',
    (code) => {
      expect(isTransient(withCode(code))).toBe(true);
    },
  );
  it.each(['23505', '22P02', '42P01', '23514', '57014'])('does not wait for %s', (code) => {
    expect(isTransient(withCode(code))).toBe(false);
  });
  it('knows the connection errors that node-postgres gives no code', () => {
    expect(isTransient(new Error('Connection terminated unexpectedly'))).toBe(true);
    expect(isTransient(new Error('timeout exceeded when trying to connect'))).toBe(true);
  });
  it('takes anything else for a fault of the work itself', () => {
    expect(isTransient(new TypeError('x is not a function'))).toBe(false);
    expect(isTransient('a string')).toBe(false);
  });
});
