import { describe, expect, it } from '@jest/globals';
import { rangeOf } from './report-range.js';

const NOW = new Date('2026-03-31T23:59:59Z');

describe('the days of a report', () => {
  it.each<[string, { from?: string; to?: string }, string, string]>([
    ['are the last 30 without bounds', {}, '2026-03-02', '2026-03-31'],
    ['end today', { from: '2026-03-30' }, '2026-03-30', '2026-03-31'],
    ['begin 30 days before their end', { to: '2026-01-30' }, '2026-01-01', '2026-01-30'],
    ['are one day', { from: '2026-01-01', to: '2026-01-01' }, '2026-01-01', '2026-01-01'],
    ['are a leap year at most', { from: '2024-01-01', to: '2024-12-31' }, '2024-01-01', '2024-12-31'],
    ['may lie ahead', { from: '2026-06-01' }, '2026-06-01', '2026-06-01'],
  ])('%s', (_what, query, from, to) => expect(rangeOf(query, NOW)).toEqual({ from, to }));

  it.each([
    { from: '2026-01-02', to: '2026-01-01' },
    { from: '2024-01-01', to: '2025-01-01' },
  ])('%j are refused', (query) => {
    expect(() => rangeOf(query, NOW)).toThrow(expect.objectContaining({ code: 'range-invalid' }));
  });
});
