import { describe, expect, it } from '@jest/globals';
import { storable } from './dead-letter.js';

describe('storable', () => {
  it('keeps text as it is', () =>
    expect(storable(Buffer.from('{"ü":1}'))).toEqual({ value: '{"ü":1}', encoding: 'utf8' }));
  it('keeps a tombstone as empty text', () => expect(storable(null)).toEqual({ value: '', encoding: 'utf8' }));
  it.each([
    ['a NUL, which PostgreSQL text cannot hold', Buffer.from([65, 0, 66])],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe])],
  ])('turns %s into base64 that gives the bytes back', (_what, bytes) => {
    const stored = storable(bytes);
    expect(stored.encoding).toBe('base64');
    expect(Buffer.from(stored.value, 'base64')).toEqual(bytes);
  });
});
