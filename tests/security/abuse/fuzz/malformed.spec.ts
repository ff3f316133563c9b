import { describe, expect, it } from '@jest/globals';
import { randomOf } from '../../../../tools/chaos/src/history/random.ts';
import { operations } from '../operations.ts';
import { KINDS, Malformed } from './malformed.ts';

const all = operations();
const some = (seed: number, count: number) => {
  const malformed = new Malformed({ random: randomOf(seed), operations: all, tokenFor: () => 'a.b.c' });
  return Array.from({ length: count }, () => malformed.next());
};

describe('malformed requests', () => {
  it('are the same for the same seed, others for another', () => {
    expect(some(7, 200)).toEqual(some(7, 200));
    expect(some(8, 200)).not.toEqual(some(7, 200));
  });

  it('are of every kind, for every operation, and hardly ever the same twice', () => {
    const inputs = some(1, 4_000);
    expect(new Set(inputs.map(({ kind }) => kind)).size).toBe(KINDS.length);
    expect(new Set(inputs.map(({ operation }) => operation)).size).toBe(all.length);
    expect(new Set(inputs.map(({ bytes }) => bytes.toString('latin1'))).size).toBeGreaterThan(3_500);
  });

  it('keep their head where only the body is spoilt', () => {
    const heads = some(3, 2_000).filter(({ kind }) => kind === 'body' || kind === 'bytes');
    for (const { bytes } of heads) expect(bytes.toString('latin1')).toMatch(/^[A-Z]+ \/\S* HTTP\/1\.1\r\nhost: /);
  });
});
