import { describe, expect, it } from '@jest/globals';
import { openerFor, pageUrl } from './open.ts';

describe('souk open', () => {
  it.each([
    ['shop', 'http://localhost:8080/'],
    ['docs', 'http://localhost:8080/docs'],
    ['guide', 'http://localhost:8080/guide'],
  ] as const)('%s is %s', (page, url) => expect(pageUrl(page, 'http://127.0.0.1:8080')).toBe(url));

  it.each<[NodeJS.Platform, Record<string, string>, boolean, string | undefined]>([
    ['linux', { DISPLAY: ':0' }, true, 'xdg-open'],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true, 'xdg-open'],
    ['linux', {}, true, undefined],
    ['linux', { DISPLAY: '' }, true, undefined],
    ['darwin', {}, true, 'open'],
    ['darwin', {}, false, undefined],
    ['aix', { DISPLAY: ':0' }, true, undefined],
  ])('on %s with %j, terminal %s: %s', (platform, env, isTerminal, opener) => {
    expect(openerFor({ platform, env, isTerminal })).toBe(opener);
  });
});
