import type { InvariantResult, Outcome, Verdict } from '../run/verdict.ts';
import { kept } from './numbers.ts';

/** How a verdict is called, and the sign that says it without colour. */
export const OUTCOMES: Readonly<
  Record<Outcome, { readonly word: string; readonly sign: string; readonly says: string }>
> = {
  pass: { word: 'Passed', sign: '✓', says: 'Everything held.' },
  fail: { word: 'Failed', sign: '✗', says: 'Something did not hold.' },
  aborted: { word: 'Aborted', sign: '■', says: 'Ended early; nothing is proven.' },
  broken: { word: 'Broken', sign: '!', says: 'The harness failed; this says nothing about the shop.' },
};

/** What was broken, what was expected and what happened. */
export interface Summary {
  readonly broken: string;
  readonly expected: string;
  readonly happened: string;
}

export function summaryOf({ breaks, expects, sentence }: Verdict): Summary {
  return { broken: clause(breaks), expected: clause(expects), happened: clause(sentence) };
}

/** Details of what is wrong stand in the tables. */
const LONGEST = 240;

/** Without what ends or opens a sentence of its own, and no longer than can be read at a glance. */
function clause(text: string): string {
  const bare = text
    .trim()
    .replace(/^(…|\.\.\.|Not as expected:)\s*/, '')
    .replace(/[.\s]+$/, '');
  if (bare.length <= LONGEST) return kept(bare);
  return `${kept(bare.slice(0, bare.lastIndexOf(' ', LONGEST)).replace(/[,;:]$/, ''))} …`;
}

/** One that had nothing to look at, and may, counts for nothing. */
const isChecked = ({ ok, notChecked }: InvariantResult): boolean => !ok || !notChecked;

/** How much of it held, in figures. */
export function heldOf({ expectations, invariants }: Verdict): string {
  const count = (all: readonly { readonly ok: boolean }[], what: string): string =>
    `${all.filter(({ ok }) => ok).length} of ${all.length} ${what} held`;
  return [
    ...(expectations.length > 0 ? [count(expectations, 'expectations')] : []),
    ...(invariants.length > 0 ? [count(invariants.filter(isChecked), 'invariants')] : []),
  ].join(', ');
}
