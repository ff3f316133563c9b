import { describe, expect, it } from '@jest/globals';
import { CliError, describeError, errorLines, reasonOf } from './errors.ts';

describe('error rendering', () => {
  it('shows what, why and how to fix', () => {
    const lines = errorLines(describeError(new CliError('port 8080 is taken', 'pid 7 listens there', 'end it')));
    expect(lines).toEqual(['✖ port 8080 is taken', '  why: pid 7 listens there', '  fix: end it']);
  });

  it('keeps the message of an unforeseen error', () => {
    expect(describeError(new TypeError('x is undefined')).why).toBe('x is undefined');
    expect(describeError('plain text').why).toBe('plain text');
  });

  it('looks inside an aggregate and a cause when the outer message is empty', () => {
    expect(reasonOf(new AggregateError([new Error('connect ECONNREFUSED')], ''))).toBe('connect ECONNREFUSED');
    expect(reasonOf(new Error('', { cause: new Error('disk full') }))).toBe('disk full');
  });
});
