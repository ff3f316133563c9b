import { styleText } from 'node:util';
import { noticedBy } from '../experiment/without-fault.ts';
import { boundText, figureText } from '../run/text.ts';
import type { ExpectationResult, InvariantResult, Outcome, Verdict } from '../run/verdict.ts';

const STAMPS: Readonly<Record<Outcome, string>> = {
  pass: styleText(['green', 'bold'], '✔ pass'),
  fail: styleText(['red', 'bold'], '✖ fail'),
  aborted: styleText(['yellow', 'bold'], '▲ aborted'),
  broken: styleText(['yellow', 'bold'], '▲ broken'),
};
const GOOD = styleText('green', '✔');
const BAD = styleText('red', '✖');

/** What came of a run, for people: what was broken, what was expected, what happened, and each check. Pure. */
export function verdictLines(verdict: Verdict, report: string): string[] {
  const { breaks, expects, sentence, expectations, invariants, recoverySeconds, leftBehind, command } = verdict;
  const recovery = Object.entries(recoverySeconds).map(([what, seconds]) => `${what} ${seconds} s`);
  return [
    '',
    `${STAMPS[verdict.verdict]}  ${verdict.title}`,
    `  broken    ${breaks}`,
    `  expected  ${expects}`,
    `  happened  ${sentence}`,
    '',
    ...expectations.map(expectationLine),
    ...invariantLines(invariants),
    ...(recovery.length > 0 ? [`  recovery  ${recovery.join(' · ')} after the heal`] : []),
    ...leftBehind.map((what) => `  ${BAD} left behind: ${what}`),
    '',
    `  report    ${report}`,
    `  again     ${command}`,
  ];
}

/** Of a run in which nothing was broken: whether the experiment has noticed. Pure. */
export function noticedLines(verdict: Verdict): string[] {
  const by = noticedBy(verdict);
  return by.length > 0
    ? [`  ${GOOD} able to fail: without its fault it was noticed that not "${by.join('" and not "')}"`]
    : [`  ${BAD} not shown to be able to fail: it has to miss the fault, and nothing else may be wrong`];
}

function expectationLine(expectation: ExpectationResult): string {
  const { phase, that, figure, unit, ok } = expectation;
  return `  ${ok ? GOOD : BAD} ${phase.padEnd(6)}  ${that}: ${figureText(figure, unit)} (${boundText(expectation)})`;
}

/** Those that hold in one line, those that looked at nothing and may in another, the others with what is wrong. */
function invariantLines(invariants: readonly InvariantResult[]): string[] {
  const good = invariants.filter(({ ok }) => ok);
  const broken = invariants.filter(({ ok }) => !ok);
  const idsOf = (some: readonly InvariantResult[]): string => [...new Set(some.map(({ id }) => id))].join(', ');
  const held = idsOf(good.filter(({ notChecked }) => !notChecked));
  const silent = idsOf(good.filter(({ notChecked }) => notChecked));
  return [
    ...(held === '' ? [] : [`  ${GOOD} holds   ${held}`]),
    ...(silent === '' ? [] : [`  – nothing was there to check: ${silent}`]),
    ...broken.map(({ id, what, detail }) => `  ${BAD} ${id.padEnd(7)} ${what}: ${detail}`),
  ];
}
