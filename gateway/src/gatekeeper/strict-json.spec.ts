import { describe, expect, it } from '@jest/globals';
import { strictJson } from './strict-json.js';

const of = (text: string | Buffer): unknown => strictJson(Buffer.from(text));
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const codeOf = (text: string | Buffer): unknown => {
  try {
    return { passed: of(text) };
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('strict JSON', () => {
  it.each([['{"a":[1,null,true,"ü 😀"]}'], ['0'], ['"x"'], [nested(64)]])('lets %.40s pass', (text) => {
    expect(of(text)).toEqual(JSON.parse(text));
  });

  it.each<[string, string | Buffer, string]>([
    ['nothing', '', 'malformed-json'],
    ['half of it', '{"a":', 'malformed-json'],
    ['NaN', '{"a":NaN}', 'malformed-json'],
    ['a comment', '{/**/}', 'malformed-json'],
    ['a mark at its front', '\ufeff{}', 'malformed-json'],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22]), 'malformed-json'],
    ['overlong UTF-8', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 'malformed-json'],
    ['another encoding', Buffer.from('{}', 'utf16le'), 'malformed-json'],
    ['two values', '{}{}', 'malformed-json'],
    ['a number out of range', '{"a":1e400}', 'validation-failed'],
    ['half a character', '{"a":"\\ud800"}', 'validation-failed'],
    ['half a character in a name', '{"\\udc00":1}', 'validation-failed'],
    ['__proto__', '{"a":[{"__proto__":{"admin":true}}]}', 'validation-failed'],
    ['__proto__, written otherwise', '{"\\u005f_proto__":1}', 'validation-failed'],
    ['constructor', '{"constructor":{"prototype":{"admin":true}}}', 'validation-failed'],
    ['65 levels', nested(66), 'validation-failed'],
    ['a hundred thousand levels', nested(100_000), 'validation-failed'],
    ['too many values', JSON.stringify(Array(10_001).fill(0)), 'validation-failed'],
  ])('GK-3 GK-11 refuses %s', (_what, text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it('GK-3 takes what is long and flat, and refuses what is deep or wide however much of it fits into a body', () => {
    const long = `"${'x'.repeat(1_000_000)}"`;
    expect(of(long)).toHaveLength(1_000_000);
    const wide = `{${Array.from({ length: 80_000 }, (_, index) => `"k${index}":${index}`).join(',')}}`;
    expect([wide, nested(500_000)].map(codeOf)).toEqual(['validation-failed', 'validation-failed']);
  });
});
