import { describe, expect, it } from '@jest/globals';
import { html, page } from './html.js';

describe('html', () => {
  it('escapes what is put into it, but not pieces of its own', () => {
    const items = ['<b>', '"&\''].map((text) => html`<i>${text}</i>`);
    expect(html`<p title="${'a"b'}">${items}</p>`.text).toBe(
      '<p title="a&quot;b"><i>&lt;b&gt;</i><i>&quot;&amp;&#39;</i></p>',
    );
  });

  it('makes whole pages', () => {
    const text = page('A <title>', html`<p>text</p>`);
    expect(text).toMatch(/^<!doctype html>\s*<html lang="en">/);
    expect(text).toContain('<h1>A &lt;title&gt;</h1>');
  });
});
