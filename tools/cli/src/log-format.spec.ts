import { describe, expect, it } from '@jest/globals';
import { formatLogLine } from './log-format.ts';

describe('log lines for people', () => {
  it('shows time, level, message and the other fields of a JSON line', () => {
    const line = JSON.stringify({ level: 30, time: 1_763_640_000_123, pid: 7, msg: 'order placed', orderId: 'o-1', lines: [1] });
    expect(formatLogLine(line)).toBe('12:00:00.123 INFO  order placed orderId=o-1 lines=[1]');
  });

  it('leaves any other line as it is', () => {
    expect(formatLogLine('[2026] WARN Kafka says')).toBe('[2026] WARN Kafka says');
    expect(formatLogLine('{ not json')).toBe('{ not json');
  });
});
