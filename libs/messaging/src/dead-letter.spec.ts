import { describe, expect, it } from '@jest/globals';
import { bounded, cleanRecord, storable, storedName } from './dead-letter.js';

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

describe('keys and ids in an index', () => {
  const long = 'k'.repeat(4_096);

  it('stay as they are up to 500 bytes', () => {
    const just = 'ü'.repeat(250);
    expect([bounded('k-1'), bounded(just)]).toEqual(['k-1', just]);
  });

  it('become their beginning and a hash, the same one each time and another for another name', () => {
    expect(Buffer.byteLength(bounded(long))).toBeLessThanOrEqual(500);
    expect(bounded(long)).toMatch(/^k{100}~sha256-[0-9a-f]{64}$/);
    expect(bounded(long)).not.toBe(bounded(`${long}k`));
    expect(bounded(bounded(long))).toBe(bounded(long));
  });

  it('are the same before and after NUL and broken text were taken out', () => {
    const odd = `${'😀'.repeat(49)}x\0\uD800${long}`;
    expect(storedName(odd)).toBe(bounded(odd));
    expect(storedName(odd)).not.toContain('\0');
    expect(storedName(odd).isWellFormed()).toBe(true);
  });

  it('of a record: its key; headers stay whole', () => {
    const record = { topic: 't', partition: 0, offset: '1', key: long, headers: { ce_id: long }, value: null };
    expect(cleanRecord(record)).toMatchObject({ key: bounded(long), headers: { ce_id: long } });
  });
});
