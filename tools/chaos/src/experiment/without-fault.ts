import type { ReadyFault } from '../faults/faults.ts';
import type { CheckedIn, Verdict } from '../run/verdict.ts';
import type { Plan } from './plan.ts';

/** Breaks nothing, and figures need it. */
const ONLY_COUNTS = 'watch-link';

/** The same experiment with nothing in the place of its faults. One that passes so, too, says nothing about them. Pure. */
export function withoutFault(plan: Plan): Plan {
  const title = `${plan.title} – with nothing broken`;
  const injections = plan.injections.map((injection) =>
    injection.fault.kind === ONLY_COUNTS ? injection : { ...injection, fault: nothing(injection.fault) },
  );
  return { ...plan, title, injections, isWithoutFault: true };
}

const nothing = ({ kind, says, on }: ReadyFault): ReadyFault => ({
  kind,
  on,
  says: `left out: ${says}`,
  prepare: async () => undefined,
  inject: async () => undefined,
});

const AFTER_THE_FAULT: readonly CheckedIn[] = ['during', 'after'];

/**
 * What noticed that nothing was broken: `that` of each expectation which was not so, in a run to the end that left a sound shop
 * behind. Empty where none did, or where something else went wrong, which shows nothing either.
 */
export function noticedBy({ verdict, endedIn, expectations, invariants, leftBehind }: Verdict): string[] {
  const isSound = endedIn === undefined && leftBehind.length === 0 && invariants.every(({ ok }) => ok);
  if (verdict !== 'fail' || !isSound) return [];
  return expectations.filter(({ ok, phase }) => !ok && AFTER_THE_FAULT.includes(phase)).map(({ that }) => that);
}

/** Whether a run came out as its plan means it to: `pass`, or without its fault a failure that says that there was none. */
export const isAsMeant = ({ isWithoutFault }: Plan, verdict: Verdict): boolean =>
  isWithoutFault ? noticedBy(verdict).length > 0 : verdict.verdict === 'pass';
