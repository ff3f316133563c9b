import { boundText, figureText } from '../run/text.ts';
import type { InvariantResult, Outcome, Verdict } from '../run/verdict.ts';
import { isInvariant, isPartOf, type ProvenPattern, switchOf } from './patterns.ts';

/** What came of one of the two runs. */
export interface Side {
  /** `not run`: the one with the pattern has shown already that there is nothing to compare with. */
  readonly verdict: Outcome | 'not run';
  /** The deciding figure for people; '' where none was seen. */
  readonly figure: string;
  /** What the figure was to keep to: `≤ 0.5`; '' of an invariant. */
  readonly bound: string;
  readonly sentence: string;
}

/**
 * `proven`: on passes, off fails, and by what was to decide. `not-proven`: both ran, and that is not how it was. `broken`: the
 * harness failed, nothing is said about the pattern.
 */
export type Outcomes = 'proven' | 'not-proven' | 'broken';

export interface Proof {
  readonly pattern: string;
  /** `breaker-off on gateway`. */
  readonly without: string;
  readonly deciding: string;
  readonly outcome: Outcomes;
  readonly sentence: string;
  readonly on: Side;
  readonly off: Side;
  readonly seed: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly commit: string;
}

/** A run that could not come to a verdict. */
export type Ran = Verdict | Error;

/** What was to decide, as a run has it; undefined where it was not looked at, or nothing was seen of it. */
interface Found {
  readonly ok: boolean;
  readonly figure: string;
  readonly bound: string;
}

const NOT_RUN: Side = { verdict: 'not run', figure: '', bound: '', sentence: '' };
const LONGEST_FIGURE = 100;
const TIMES = new Set(['ms', 's']);

/** Of both runs, or of the first alone where it has not passed. Pure. */
export function judge(pattern: ProvenPattern, ranOn: Verdict, ranOff?: Ran): Proof {
  const on = withoutLate(pattern, ranOn);
  const off = ranOff instanceof Error || ranOff === undefined ? ranOff : withoutLate(pattern, ranOff);
  const { outcome, sentence } = conclusion(pattern, on, off);
  return {
    pattern: pattern.name,
    without: switchOf(pattern),
    deciding: pattern.deciding,
    outcome,
    sentence,
    on: sideOf(pattern, on),
    off: off === undefined ? NOT_RUN : sideOf(pattern, off),
    seed: on.seed,
    startedAt: on.startedAt,
    commit: on.commit,
  };
}

/**
 * A time that was missed while visitors came late may have been missed by that: such a run is broken. What is counted, and books
 * that do not agree, are so under any load.
 */
function withoutLate({ deciding }: ProvenPattern, ran: Verdict): Verdict {
  const { verdict, loadLate, leftBehind } = ran;
  const isTime = ran.expectations.some(({ that, unit }) => that === deciding && TIMES.has(unit));
  if (verdict !== 'fail' || loadLate === undefined || leftBehind.length > 0 || !isTime) return ran;
  return { ...ran, verdict: 'broken', sentence: `The load was not as meant: ${loadLate}. ${ran.sentence}` };
}

function conclusion(pattern: ProvenPattern, on: Verdict, off: Ran | undefined): Pick<Proof, 'outcome' | 'sentence'> {
  const { name, deciding } = pattern;
  const notProven = (sentence: string) => ({ outcome: 'not-proven', sentence }) as const;
  const broken = (which: string, why: string) =>
    ({ outcome: 'broken', sentence: `The run ${which} ${name} broke, so nothing is shown: ${why}` }) as const;
  if (on.verdict === 'broken') return broken('with', on.sentence);
  if (on.verdict !== 'pass') return notProven(`With ${name} the experiment must pass, and did not: ${on.sentence}`);
  if (off === undefined) return broken('without', 'it was not made');
  if (off instanceof Error) return broken('without', off.message);
  if (off.verdict === 'broken') return broken('without', off.sentence);
  if (off.verdict === 'aborted') return notProven(`The run without ${name} was ended early: ${off.sentence}`);
  if (off.verdict === 'pass')
    return notProven(`The experiment passes without ${name} as well, so it does not show what ${name} is good for.`);
  if (off.leftBehind.length > 0)
    return notProven(`Without ${name} something was left behind: ${off.leftBehind.join(', ')}`);
  const [before, after] = [found(on, deciding), found(off, deciding)];
  if (before === undefined || after === undefined)
    return notProven(`Nothing was seen of what was to decide: ${deciding}.`);
  if (after.ok) return notProven(`Without ${name} the experiment fails, but not by what was to decide: ${deciding}.`);
  return {
    outcome: 'proven',
    sentence: isInvariant(deciding)
      ? `With ${name} ${before.figure}; without it ${after.figure}`
      : `${deciding}: ${before.figure} with ${name}, ${after.figure} without it.`,
  };
}

function sideOf({ deciding }: ProvenPattern, ran: Ran): Side {
  if (ran instanceof Error) return { verdict: 'broken', figure: '', bound: '', sentence: ran.message };
  const { figure = '', bound = '' } = found(ran, deciding) ?? {};
  return { verdict: ran.verdict, figure, bound, sentence: ran.sentence };
}

function found(verdict: Verdict, deciding: string): Found | undefined {
  const said = verdict.expectations.find(({ that, phase }) => that === deciding && phase !== 'before');
  if (said !== undefined)
    return said.figure === undefined
      ? undefined
      : { ok: said.ok, figure: figureText(said.figure, said.unit), bound: boundText(said) };
  if (!isInvariant(deciding)) return undefined;
  const checked = verdict.invariants.filter(
    ({ id, notChecked }) => !notChecked && (id === deciding || isPartOf(id, deciding)),
  );
  const bad = checked.find(({ ok }) => !ok);
  if (checked.length === 0) return undefined;
  if (bad === undefined) return { ok: true, figure: `${nameOf(deciding, checked[0])} holds`, bound: '' };
  const figure = cut(`${nameOf(bad.id, bad)} does not hold: ${bad.detail.replaceAll(UUID, '$1…')}`);
  return { ok: false, figure, bound: '' };
}

/** Invariants that have no number are known by what they say. */
const nameOf = (id: string, checked: InvariantResult | undefined): string =>
  /^I\d/.test(id) ? id : (checked?.what ?? id);

/** The first part tells orders apart well enough for people. */
const UUID = /\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const cut = (text: string): string => (text.length > LONGEST_FIGURE ? `${text.slice(0, LONGEST_FIGURE - 1)}…` : text);
