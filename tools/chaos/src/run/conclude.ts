import type { Comparison } from '../../../cli/src/shop/audit/checks.ts';
import type { Plan } from '../experiment/plan.ts';
import type { Observations } from './observations.ts';
import { resultOf } from './not-checked.ts';
import { recoverySeconds } from './recovery.ts';
import type { Ended } from './runner.ts';
import { figureText } from './text.ts';
import type { ExpectationResult, InvariantResult, Outcome, Verdict } from './verdict.ts';

/** What of a run is known before it begins. */
export type Circumstances = Pick<Verdict, 'on' | 'seed' | 'command' | 'startedAt' | 'commit' | 'machine'>;

/** The verdict on a run. Pure. */
export function conclude(plan: Plan, about: Circumstances, ended: Ended, seen: Observations, tookMs: number): Verdict {
  const { name, title, breaks, expects } = plan;
  const invariants = invariantsOf(plan, ended);
  // What misses a bound under another load than was meant has not noticed that there was no fault.
  const isVoid = plan.isWithoutFault === true && ended.loadNotAsMeant !== undefined && ended.leftBehind.length === 0;
  const verdict = isVoid ? 'broken' : outcomeOf(ended, invariants);
  const { how, endedIn, expectations, leftBehind, loadNotAsMeant } = ended;
  return {
    experiment: name,
    title,
    breaks,
    expects,
    ...about,
    tookMs,
    settings: settingsOf(plan),
    verdict,
    sentence: sentenceOf(verdict, ended, invariants, seen),
    ...(how !== 'done' && { endedIn }),
    ...(loadNotAsMeant?.isLate && { loadLate: loadNotAsMeant.says }),
    expectations,
    invariants,
    recoverySeconds: recoverySeconds(seen),
    leftBehind,
  };
}

/** A run that changed the shop for good has failed, whatever else it showed; one that broke itself says nothing of the shop. */
function outcomeOf(
  { how, expectations, leftBehind, loadNotAsMeant }: Ended,
  invariants: readonly InvariantResult[],
): Outcome {
  if (how === 'broken') return 'broken';
  if (leftBehind.length > 0) return 'fail';
  if (how === 'aborted') return 'aborted';
  if (how === 'unsteady') return 'fail';
  if ([...expectations, ...invariants].some(({ ok }) => !ok)) return 'fail';
  return loadNotAsMeant === undefined ? 'pass' : 'broken';
}

function invariantsOf(plan: Plan, { comparisons = [], notReady, how }: Ended): InvariantResult[] {
  if (how !== 'done') return [];
  const ready = { id: 'ready', what: 'every process is ready', ok: notReady === undefined, detail: notReady ?? 'all' };
  return [ready, ...merged(comparisons).map((one) => resultOf(plan, one))];
}

/** Two checks of one invariant, by the books and by what visitors were told, stand as they are; the same twice stands once. */
const merged = (comparisons: readonly Comparison[]): readonly Comparison[] => [
  ...new Map(comparisons.map((one) => [`${one.id} ${one.what}`, one])).values(),
];

function sentenceOf(
  verdict: Outcome,
  { how, why = '', expectations, leftBehind, loadNotAsMeant }: Ended,
  invariants: readonly InvariantResult[],
  seen: Observations,
): string {
  if (verdict === 'broken' && how === 'done')
    return `The load was not as meant, and nothing is proven: ${loadNotAsMeant?.says}.`;
  if (how === 'broken') return `The harness itself failed, and nothing is said about the shop: ${why}.`;
  const left = leftBehind.length > 0 ? ` Left behind: ${leftBehind.join('; ')}.` : '';
  if (how !== 'done')
    return left === '' ? `The run was ended: ${why}, and everything was undone.` : `The run was ended: ${why}.${left}`;
  const wrong = [
    ...expectations.filter(({ ok }) => !ok).map(missed),
    ...invariants.filter(({ ok }) => !ok).map(violated),
  ];
  if (wrong.length === 0)
    return `${[...expectations.filter(isDuring).map(kept), ...ordersOf(seen, invariants)].join(', ')}.${left}`;
  return `Not as expected: ${wrong.join('; ')}.${left}`;
}

const isDuring = ({ phase }: ExpectationResult): boolean => phase === 'during';
const kept = ({ that, figure, unit }: ExpectationResult): string => `${that} (${figureText(figure, unit)})`;
/** With the first of its differences; the list of checks has more of them. */
const violated = ({ id, what, detail }: InvariantResult): string => `${id}, ${what}: ${detail.split('; ', 1)[0]}`;

function missed({ that, figure, unit, bound }: ExpectationResult): string {
  const bounds = [
    ...(bound.atLeast === undefined ? [] : [`at least ${figureText(bound.atLeast, unit)}`]),
    ...(bound.atMost === undefined ? [] : [`at most ${figureText(bound.atMost, unit)}`]),
  ];
  return `${that}: ${figureText(figure, unit)}, ${bounds.join(' and ')} was expected`;
}

/** Whether one was lost is said only where somebody has looked. */
function ordersOf({ orders }: Observations, invariants: readonly InvariantResult[]): string[] {
  if (orders.length === 0) return [];
  const confirmed = orders.filter(({ confirmedAt }) => confirmedAt !== undefined).length;
  const lost = invariants.some(({ id, notChecked }) => id === 'I1' && !notChecked) ? ['none lost'] : [];
  return [`${orders.length} orders were accepted, ${confirmed} of them confirmed`, ...lost];
}

function settingsOf({ load, baseline, hold, afterwards, injections }: Plan): string[] {
  const faults = injections.map(({ fault, after, lasts }) => {
    const until = lasts === undefined ? 'to the end of the hold' : `for ${lasts / 1_000} s`;
    return `${fault.says}, after ${after / 1_000} s, ${until}`;
  });
  return [
    `${load.perSecond} arrivals a second of ${load.mix}`,
    `baseline ${baseline / 1_000} s, hold ${hold / 1_000} s, ${afterwards / 1_000} s of load afterwards`,
    ...faults,
  ];
}
