import { isShort, seedOf } from '../../tools/cli/src/testing/short-form.ts';
import type { WeakDoor } from './support/check.ts';

const PARTS = 4;

/** All doors, or in the short form a quarter of those that do not take long: four seeds in a row have them all. SOUK_DOORS=a,b names some. */
export function chosen(
  doors: readonly WeakDoor[],
  env: Readonly<Record<string, string | undefined>> = process.env,
  now = Date.now(),
): WeakDoor[] {
  if (env['SOUK_DOORS']) {
    const named = env['SOUK_DOORS'].split(',');
    const unknown = named.find((name) => !doors.some(({ variant }) => variant === name));
    if (unknown !== undefined) throw new Error(`there is no weakened door ${unknown}`);
    return doors.filter(({ variant }) => named.includes(variant));
  }
  if (!isShort(env)) return [...doors];
  const seed = seedOf(env, now);
  return doors.filter((_door, index) => (index + seed) % PARTS === 0);
}
