import { describe, expect, it } from '@jest/globals';
import { isTransient } from './transaction.js';

const withCode = (code: string): Error => Object.assign(new Error('boom'), { code });

describe('isTransient', () => {
  it.each(['08006', '40001', '40P01', '53300', '57P01', '55P03', 'ECONNREFUSED', 'ECONNRESET'])(
    'waits for %s',
    (code) => {
      expect(isTransient(withCode(code))).toBe(true);
    },
  );
  it.each(['23505', '22P02', '42P01', '23514'])('does not wait for %s', (code) => {
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
