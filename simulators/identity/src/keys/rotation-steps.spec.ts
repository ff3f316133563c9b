import { describe, expect, it } from '@jest/globals';
import type { KeyFile, PrivateKey } from './key-file.js';
import { advanced, begun, nextDue } from './rotation-steps.js';

const key = (kid: string): PrivateKey => ({ kid, kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' });
const NOW = Date.parse('2026-03-04T12:00:00Z');
const idle: KeyFile = { keys: [key('old')] };
const begin = () => begun(idle, { next: key('new'), now: NOW, overlapMs: 60_000, tokenMs: 600_000 });
const kids = ({ keys }: KeyFile): string[] => keys.map(({ kid }) => kid);

describe('FED-10 the steps of a rotation', () => {
  it('publish the new key before it signs', () => {
    const file = begin();
    expect(kids(file)).toEqual(['old', 'new']);
    expect(file.rotation).toEqual({
      to: 'new',
      signsAt: '2026-03-04T12:01:00.000Z',
      retireAt: '2026-03-04T12:11:05.000Z',
    });
    expect(advanced(file, NOW + 59_999)).toBe(file);
    expect(nextDue(file)).toBe(NOW + 60_000);
  });

  it('let it sign when all know it, and keep the old one as long as its tokens live', () => {
    const file = advanced(begin(), NOW + 60_000);
    expect(kids(file)).toEqual(['new', 'old']);
    expect(nextDue(file)).toBe(NOW + 665_000);
    expect(advanced(file, NOW + 664_999)).toBe(file);
    expect(advanced(file, NOW + 665_000)).toEqual({ keys: [key('new')] });
  });

  it('are made up for when nobody was there to take them', () => {
    expect(advanced(begin(), NOW + 3_600_000)).toEqual({ keys: [key('new')] });
  });

  it('end where the new key is not there', () => {
    expect(advanced({ keys: [key('old')], rotation: { ...begin().rotation, to: 'gone' } }, NOW)).toEqual(idle);
  });

  it('are left alone where somebody else takes them', () => {
    const theirs: KeyFile = {
      keys: [key('old'), key('new')],
      rotation: { to: 'new', retireAt: '2026-03-04T11:00:00.000Z' },
    };
    expect([advanced(theirs, NOW), nextDue(theirs), nextDue(idle)]).toEqual([theirs, undefined, undefined]);
  });
});
