import type { Edge } from '../../../tools/chaos/src/history/history.ts';
import { operationsOf } from '../../../tools/chaos/src/history/operations.ts';

/** How orders were taken in a stretch of the history. */
export interface Intake {
  readonly answered: number;
  /** Got no answer that says what became of them. */
  readonly broken: number;
  /** Of all that were sent; one that is still waited for counts as endless. */
  readonly medianMs: number;
}

const ENOUGH = 3;
/** As fast as ever: what a machine with other work does to a median, and no more. */
const TIMES_SLOWER = 3;
const SLACK_MS = 200;

export function intakeOf(edges: readonly Edge[]): Intake {
  const placed = operationsOf(edges).filter(({ invoke }) => invoke.f === 'place');
  const ended = placed.flatMap(({ end }) => (end === undefined ? [] : [end]));
  const times = placed
    .map(({ invoke, end }) => (end === undefined ? Infinity : elapsedMs(invoke, end)))
    .toSorted((a, b) => a - b);
  return {
    answered: ended.length,
    broken: ended.filter(({ type }) => type === 'info').length,
    medianMs: times[Math.floor(times.length / 2)] ?? Infinity,
  };
}

/** @throws where too few orders were seen to tell, one had no answer, or they were taken slower than before */
export function assertAsFastAsEver(before: Intake, during: Intake): void {
  const seen = `${JSON.stringify(before)} before, ${JSON.stringify(during)} meanwhile`;
  if (before.answered < ENOUGH || during.answered < ENOUGH) throw new Error(`too few orders were answered: ${seen}`);
  if (during.broken > 0) throw new Error(`orders had no answer: ${seen}`);
  if (!(during.medianMs <= before.medianMs * TIMES_SLOWER + SLACK_MS))
    throw new Error(`orders were taken slower: ${seen}`);
}

const elapsedMs = (from: Edge, to: Edge): number => Math.round((Number(to.monoNs) - Number(from.monoNs)) / 1e6);
