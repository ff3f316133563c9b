import { describe, expect, it } from '@jest/globals';
import { withinBytes } from './kafka-port.js';

const record = (value: string) => ({ topic: 't', key: 'k', headers: {}, value });

describe('withinBytes', () => {
  it('keeps what fits together, in order', () => {
    const records = [record('a'), record('b'), record('c')];
    expect(withinBytes(records)).toEqual([records]);
    expect(withinBytes([])).toEqual([]);
  });

  it('parts what is too much, and lets one record that is too large alone go on its own', () => {
    const [small, large] = [record('s'), record('x'.repeat(500))];
    expect(withinBytes([small, small, large, small], 200)).toEqual([[small, small], [large], [small]]);
  });

  it('counts bytes, not characters', () => {
    expect(withinBytes([record('€'.repeat(40)), record('€'.repeat(40))], 300)).toHaveLength(2);
  });
});
