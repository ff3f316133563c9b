import { stripVTControlCharacters } from 'node:util';
import { expect, it } from '@jest/globals';
import { anExpectation, aPattern, aVerdict } from './proof.mother.ts';
import { judge } from './proof.ts';
import { sideBySide } from './side-by-side.ts';

const lines = (...sides: Parameters<typeof judge>): string[] =>
  sideBySide(judge(...sides)).map((line) => stripVTControlCharacters(line));

it('shows both verdicts and figures beside each other, and what they show', () => {
  const off = aVerdict('fail', { expectations: [anExpectation({ figure: 1.04, ok: false })] });
  const shown = lines(aPattern(), aVerdict(), off);
  expect(shown[1]).toBe('  ✔ proven  circuit-breaker');
  expect(shown.slice(3, 7).map((line) => line.replaceAll(/ {2,}/g, ' · '))).toEqual([
    ' · with circuit-breaker · without it (breaker-off on gateway)',
    ' · verdict · pass · fail',
    ' · figure · 0.2 · 1.04',
    ' · decides · few calls go out (≤ 0.5)',
  ]);
  expect(shown.at(-1)).toBe('  few calls go out: 0.2 with circuit-breaker, 1.04 without it.');
});

it.each([
  ['✖ not proven', aVerdict(), aVerdict()],
  ['✖ broken: no verdict', aVerdict(), new Error('x')],
])('says %s where it is', (says, on, off) => {
  expect(lines(aPattern(), on, off)[1]).toContain(says);
});
