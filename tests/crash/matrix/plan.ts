import { randomOf, shuffled } from '../../../tools/chaos/src/history/random.ts';
import { CASES, type CrashCase } from './cases.ts';

/** Crashes of one process between two checks of the books. More would leave a violation with too many suspects. */
const PER_PART = 8;
/** The short form crashes one case of so many; which ones goes round with the seed. */
const SHORT_SHARE = 4;

/** Cases whose processes crash side by side; those of one process come one after the other. */
export interface Part {
  readonly seed: number;
  /** From 0, within its seed. */
  readonly number: number;
  readonly cases: readonly CrashCase[];
}

/** All cases in the order of the seed, in parts of at most eight crashes a process. */
export function fullPlan(seed: number, cases: readonly CrashCase[] = CASES): Part[] {
  const lists = byProcess(shuffled(cases, randomOf(seed)));
  const parts = Math.ceil(Math.max(0, ...lists.map((list) => list.length)) / PER_PART);
  return Array.from({ length: parts }, (_, number) => ({
    seed,
    number,
    cases: lists.flatMap((list) => list.slice(number * PER_PART, (number + 1) * PER_PART)),
  }));
}

/** Every fourth case of each process; four seeds in a row have them all. */
export function shortPlan(seed: number, cases: readonly CrashCase[] = CASES): Part {
  const mine = byProcess(cases).flatMap((list) =>
    list.filter((_, index) => index % SHORT_SHARE === seed % SHORT_SHARE),
  );
  return { seed, number: 0, cases: shuffled(mine, randomOf(seed)) };
}

const byProcess = (cases: readonly CrashCase[]): CrashCase[][] => [
  ...Map.groupBy(cases, ({ process }) => process).values(),
];
