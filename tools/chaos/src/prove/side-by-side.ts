import { styleText } from 'node:util';
import type { Outcomes, Proof, Side } from './proof.ts';

const COLUMN = 44;
const SAYS: Readonly<Record<Outcomes, string>> = {
  proven: styleText('green', '✔ proven'),
  'not-proven': styleText('red', '✖ not proven'),
  broken: styleText('yellow', '✖ broken: no verdict'),
};

/** Both verdicts beside each other, what decided, and one sentence of what that shows. */
export function sideBySide(proof: Proof): string[] {
  const { pattern, without, deciding, outcome, sentence, on, off } = proof;
  return [
    '',
    `  ${SAYS[outcome]}  ${styleText('bold', pattern)}`,
    '',
    `  ${''.padEnd(10)}${`with ${pattern}`.padEnd(COLUMN)}without it (${without})`,
    `  ${'verdict'.padEnd(10)}${on.verdict.padEnd(COLUMN)}${off.verdict}`,
    `  ${'figure'.padEnd(10)}${shown(on).padEnd(COLUMN)}${shown(off)}`,
    `  ${'decides'.padEnd(10)}${deciding}${on.bound === '' ? '' : ` (${on.bound})`}`,
    '',
    `  ${sentence}`,
  ];
}

const shown = ({ figure }: Side): string => (figure === '' ? '–' : figure);
