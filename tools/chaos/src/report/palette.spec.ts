import { describe, expect, it } from '@jest/globals';
import { DARK, LIGHT, type Palette } from './palette.ts';

/** Relative luminance as WCAG 2 defines it. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

it('black on white is as much as there is', () => expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5));

const TEXTS = ['ink', 'quiet', 'good', 'bad', 'warn', 'first'] as const;
const DRAWN = ['first', 'second', 'fault', 'good', 'bad', 'warn'] as const;

describe.each([
  ['light', LIGHT],
  ['dark', DARK],
] satisfies [string, Palette][])('in %s', (_name, palette) => {
  it.each(TEXTS)('%s can be read', (name) => {
    for (const ground of [palette.paper, palette.card])
      expect(contrast(palette[name], ground)).toBeGreaterThanOrEqual(4.5);
  });
  it.each(DRAWN)('%s can be seen', (name) => {
    for (const ground of [palette.paper, palette.card])
      expect(contrast(palette[name], ground)).toBeGreaterThanOrEqual(3);
  });
});
