import { describe, expect, it } from '@jest/globals';
import { formatLogLine } from './log-format.ts';

describe('log lines for people', () => {
  it('shows time, level, message and the other fields of a JSON line', () => {
    const line = JSON.stringify({
      level: 30,
      time: 1_763_640_000_123,
      pid: 7,
      msg: 'order placed',
      orderId: 'o-1',
      lines: [1],
    });
    expect(formatLogLine(line)).toBe('12:00:00.123 INFO  order placed orderId=o-1 lines=[1]');
  });

  it('shows an error by its message, without the stack', () => {
    const line = JSON.stringify({
      level: 50,
      msg: 'failed',
      err: { type: 'Error', message: 'no route', stack: 'Error: no route at x' },
    });
    expect(formatLogLine(line)).toBe('ERROR failed err="no route"');
  });

  it('leaves any other line as it is', () => {
    expect(formatLogLine('[2026] WARN Kafka says')).toBe('[2026] WARN Kafka says');
    expect(formatLogLine('{ not json')).toBe('{ not json');
  });
});
