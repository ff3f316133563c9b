import type { CheckedIn } from './verdict.ts';
import type { Observations, PhaseName, Window } from './observations.ts';

const FROM_TO: Readonly<Record<Exclude<CheckedIn, 'abort'>, readonly [PhaseName, PhaseName]>> = {
  before: ['baseline', 'hold'],
  during: ['hold', 'heal'],
  after: ['quiesce', 'check'],
};
/** The abort rule looks at so much of the past. */
const ABORT_MS = 5_000;

/**
 * The part of a run that expectations of a list are about; undefined where it was not reached. One that has not ended yet ends at
 * `now`. `after` begins when all is undone, and ends with the load.
 */
export function windowOf(
  { phases }: Pick<Observations, 'phases'>,
  list: CheckedIn,
  now = Infinity,
  skip = 0,
): Window | undefined {
  if (list === 'abort') return { from: Math.max(now - ABORT_MS, phases.baseline ?? 0), to: now };
  const [first, next] = FROM_TO[list];
  const from = phases[first];
  if (from === undefined) return undefined;
  const to = phases[next] ?? endOf(phases, first) ?? now;
  return { from: from + skip, to };
}

/** Where the next phase was left out: the beginning of whichever came then. */
function endOf(phases: Observations['phases'], first: PhaseName): number | undefined {
  const begin = phases[first] ?? 0;
  const later = Object.values(phases).filter((at) => at > begin);
  return later.length === 0 ? undefined : Math.min(...later);
}
