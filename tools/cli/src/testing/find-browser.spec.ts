import { describe, expect, it } from '@jest/globals';
import { findBrowser } from './find-browser.ts';

describe('the browser of the tests', () => {
  it('is the named one and no other', () => {
    expect(findBrowser('/opt/chrome', () => true)).toBe('/opt/chrome');
    expect(findBrowser('/opt/chrome', (path) => path === '/usr/bin/chromium')).toBeUndefined();
  });

  it('is else found where packages put it', () => {
    expect(findBrowser('', (path) => path === '/usr/bin/google-chrome')).toBe('/usr/bin/google-chrome');
    expect(findBrowser('', () => false)).toBeUndefined();
  });
});
