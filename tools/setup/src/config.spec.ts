import { describe, expect, it } from '@jest/globals';
import { required, wholeNumber } from './config.ts';

describe('what the charts set', () => {
  it('is taken, or what stands in for it', () => {
    expect(required({ URL: 'http://a' }, 'URL', 'http://b')).toBe('http://a');
    expect([
      wholeNumber({ MAX: '250' }, 'MAX', 9),
      wholeNumber({}, 'MAX', 9),
      wholeNumber({ MAX: '' }, 'MAX', 9),
    ]).toEqual([250, 9, 9]);
  });

  it('is asked for where nothing can stand in for it', () => {
    expect(() => required({ URL: '' }, 'URL', 'http://b')).toThrow('URL is not set');
  });

  it.each(['3s', '-1', '0', '1e3', 'NaN', ' 5'])('is no limit where it says %p', (value) => {
    expect(() => wholeNumber({ MAX: value }, 'MAX', 9)).toThrow(`MAX is ${value}`);
  });
});
