import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { customerKey } from './keys.js';

describe('the key of a customer', () => {
  it('is the same for the same customer of one store', () => {
    expect(customerKey('ann', 'salt')).toBe(customerKey('ann', 'salt'));
    expect(customerKey('ann', 'salt')).not.toBe(customerKey('bob', 'salt'));
    expect(customerKey('ann', 'salt')).toBeLessThan(2 ** 53);
  });

  it('says nothing to who knows ids but not the salt', () => {
    const guess = Number(createHash('sha256').update('ann').digest().readBigUInt64BE() >> 11n);
    expect(customerKey('ann', 'salt')).not.toBe(guess);
    expect(customerKey('ann', 'salt')).not.toBe(customerKey('ann', 'other'));
  });
});
