import { styleText } from 'node:util';
import type { Journey } from './journey.ts';
import type { Result } from './prober.ts';
import type { Round } from './round.ts';

const MARKS = { ok: styleText('green', '✔'), degraded: styleText('yellow', '!'), failed: styleText('red', '✖') };

/** One line an instance, and one for each thing that is wrong with it. */
export function renderRound({ selfTest, results }: Round): string[] {
  const width = Math.max(...results.map(({ name }) => name.length), 'self-test'.length);
  const self = `  ${MARKS[selfTest === null ? 'ok' : 'failed']} ${'self-test'.padEnd(width)}  ${selfTest ?? 'sees a failure where there is one'}`;
  return [self, ...results.flatMap((result) => renderResult(result, width))];
}

function renderResult({ name, status, code, ms, address, certificateEnds, problems }: Result, width: number): string[] {
  const certificate = certificateEnds === null ? [] : [`certificate to ${certificateEnds.slice(0, 10)}`];
  const facts = [String(code ?? 'no answer'), `${ms} ms`, address, ...certificate].filter(Boolean).join('  ');
  return [`  ${MARKS[status]} ${name.padEnd(width)}  ${facts}`, ...problems.map((one) => `      ${one}`)];
}

export function renderJourney({ status, orderId, steps, problems }: Journey): string[] {
  const way = steps.map(({ step, ms }) => `${step} ${ms} ms`).join(' → ');
  const facts = [way, orderId].filter(Boolean).join('  ');
  return [`  ${MARKS[status]} journey  ${facts}`, ...problems.map((one) => `      ${one}`)];
}
