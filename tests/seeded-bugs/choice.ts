import type { SeededBug } from './trial.ts';

/** Bugs that are in every run: the four mistakes that lose or double most in practice. */
export const ALWAYS: readonly string[] = [
  'relay-cursor',
  'consumer-ack-first',
  'stock-read-then-write',
  'payment-no-key',
];
const SHORT = 5;

/**
 * All bugs, or in the short form the most important ones and some others, which change with the seed. SOUK_BUGS=a,b names some.
 * They keep the order of the table.
 */
export function chosen(
  bugs: readonly SeededBug[],
  env: Readonly<Record<string, string | undefined>> = process.env,
  day = Math.floor(Date.now() / 86_400_000),
): SeededBug[] {
  if (env['SOUK_BUGS']) {
    const named = env['SOUK_BUGS'].split(',');
    const unknown = named.find((name) => !bugs.some(({ variant }) => variant === name));
    if (unknown !== undefined) throw new Error(`there is no seeded bug ${unknown}`);
    return bugs.filter(({ variant }) => named.includes(variant));
  }
  if (env['SOUK_TEST_FORM'] !== 'short') return [...bugs];
  const seed = Number(env['SOUK_SEED'] ?? day);
  const others = bugs.filter(({ variant }) => !ALWAYS.includes(variant));
  const some = Array.from({ length: SHORT - ALWAYS.length }, (_, index) => others[(seed * 3 + index) % others.length]);
  return bugs.filter((bug) => ALWAYS.includes(bug.variant) || some.includes(bug));
}
