import { describe, expect, it } from '@jest/globals';
import { fromCursor, toCursor } from './cursor.js';

const POSITION = '2026-03-02T09:00:00.000Z/019537a0-0000-7000-8000-000000000001';

describe('a cursor', () => {
  it('comes back as the position it was made of', () => {
    expect(fromCursor(toCursor(POSITION))).toBe(POSITION);
    expect(toCursor(POSITION)).toMatch(/^[\w-]+$/);
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['text', 'next'],
    ['a position as it is', POSITION],
    ['padding', `${toCursor(POSITION)}=`],
    ['a truncated one', toCursor(POSITION).slice(0, -2)],
    ['something behind it', toCursor(`${POSITION}x`)],
    ['a line break behind it', toCursor(`${POSITION}\n`)],
    ['another time', toCursor(POSITION.replace('.000Z', 'Z'))],
    ['an operator', toCursor('{"$gt":""}')],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]).toString('base64url')],
  ])('that is %s is refused', (_what, cursor) => {
    expect(() => fromCursor(cursor)).toThrow(expect.objectContaining({ kind: 'invalid', code: 'cursor-invalid' }));
  });
});
