import { describe, expect, it } from '@jest/globals';
import type { KeyFile, PrivateKey } from './key-file.js';
import { advanced, begun, nextDue } from './rotation-steps.js';

const key = (kid: string): PrivateKey => ({ kid, kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' });
const NOW = Date.parse('2026-03-04T12:00:00Z');
const idle: KeyFile = { keys: [key('old')] };
const begin = () => begun(idle, { next: key('new'), now: NOW, overlapMs: 60_000, tokenMs: 600_000 });
const advance = (file: KeyFile, now: number): KeyFile => advanced(file, now, 600_000);
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
    expect(advance(file, NOW + 59_999)).toBe(file);
    expect(nextDue(file)).toBe(NOW + 60_000);
  });

  it('let it sign when all know it, and keep the old one as long as its tokens live', () => {
    const file = advance(begin(), NOW + 60_000);
    expect(kids(file)).toEqual(['new', 'old']);
    expect(nextDue(file)).toBe(NOW + 665_000);
    expect(advance(file, NOW + 664_999)).toBe(file);
    expect(advance(file, NOW + 665_000)).toEqual({ keys: [key('new')] });
  });

  it('keep the old one for as long when the new one signs late: until then it has signed', () => {
    const late = NOW + 3_600_000;
    const file = advance(begin(), late);
    expect([kids(file), nextDue(file)]).toEqual([['new', 'old'], late + 605_000]);
    expect(advance(file, late + 604_999)).toBe(file);
    expect(advance(file, late + 605_000)).toEqual({ keys: [key('new')] });
  });

  it('keep it longer when tokens have come to live longer meanwhile, and never shorter', () => {
    expect(nextDue(advanced(begin(), NOW + 60_000, 3_600_000))).toBe(NOW + 60_000 + 3_605_000);
    expect(nextDue(advanced(begin(), NOW + 60_000, 1_000))).toBe(NOW + 665_000);
  });

  it('end where the new key is not there', () => {
    expect(advance({ keys: [key('old')], rotation: { ...begin().rotation, to: 'gone' } }, NOW)).toEqual(idle);
  });

  it('are left alone where somebody else takes them', () => {
    const theirs: KeyFile = {
      keys: [key('old'), key('new')],
      rotation: { to: 'new', retireAt: '2026-03-04T11:00:00.000Z' },
    };
    expect([advance(theirs, NOW), nextDue(theirs), nextDue(idle)]).toEqual([theirs, undefined, undefined]);
  });
});
