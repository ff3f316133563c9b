import { styleText } from 'node:util';
import type { Plan } from '../experiment/plan.ts';
import type { Hypothesis } from '../run/hypothesis.ts';
import { figureText } from '../run/text.ts';

/** An experiment for whoever wants to know what it does before they run it. Pure. */
export function showLines(plan: Plan): string[] {
  const { name, title, breaks, expects, load, baseline, hold, afterwards, heals, patterns, on, invariants } = plan;
  const faults = plan.injections.map(({ fault, after, lasts }) => {
    const begin = after === 0 ? 'from the beginning' : `after ${after / 1_000} s`;
    return `    ${fault.says}, ${begin}${lasts === undefined ? '' : `, for ${lasts / 1_000} s`}`;
  });
  return [
    `${styleText('bold', name)}  ${title}`,
    `  broken    ${breaks}`,
    `  expected  ${expects}`,
    `  load      ${load.perSecond} arrivals a second of ${load.mix}`,
    `  times     baseline ${baseline / 1_000} s, hold ${hold / 1_000} s, load afterwards ${afterwards / 1_000} s, well again within ${heals / 1_000} s`,
    '  faults',
    ...faults,
    '  expectations',
    ...plan.hypotheses.map((one) => `    ${one.phase.padEnd(6)}  ${one.that}: ${boundText(one)} (${one.measure})`),
    `  checks    ${invariants === undefined ? 'every invariant' : invariants.join(', ')}`,
    ...(patterns.length > 0 ? [`  patterns  ${patterns.map((page) => `docs/patterns/${page}.md`).join(', ')}`] : []),
    `  runs on   ${on.join(', ')}`,
  ];
}

function boundText({ bound: { atLeast, atMost }, unit }: Hypothesis): string {
  return [
    ...(atLeast === undefined ? [] : [`at least ${figureText(atLeast, unit)}`]),
    ...(atMost === undefined ? [] : [`at most ${figureText(atMost, unit)}`]),
  ].join(' and ');
}
