import { isShort, seedOf } from '../../tools/cli/src/testing/short-form.ts';
import type { SeededBug } from './trial.ts';

/** Bugs that are in every run: one that loses, one that doubles. */
export const ALWAYS: readonly string[] = ['consumer-ack-first', 'payment-no-key'];
const SHORT = 3;

/**
 * All bugs, or in the short form the most important ones and some others, which change with the seed. SOUK_BUGS=a,b names some.
 * They keep the order of the table.
 */
export function chosen(
  bugs: readonly SeededBug[],
  env: Readonly<Record<string, string | undefined>> = process.env,
  now = Date.now(),
): SeededBug[] {
  if (env['SOUK_BUGS']) {
    const named = env['SOUK_BUGS'].split(',');
    const unknown = named.find((name) => !bugs.some(({ variant }) => variant === name));
    if (unknown !== undefined) throw new Error(`there is no seeded bug ${unknown}`);
    return bugs.filter(({ variant }) => named.includes(variant));
  }
  if (!isShort(env)) return [...bugs];
  const seed = seedOf(env, now);
  const others = bugs.filter(({ variant }) => !ALWAYS.includes(variant));
  const some = Array.from({ length: SHORT - ALWAYS.length }, (_, index) => others[(seed + index) % others.length]);
  return bugs.filter((bug) => ALWAYS.includes(bug.variant) || some.includes(bug));
}
