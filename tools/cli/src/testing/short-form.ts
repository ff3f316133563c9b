type Env = Readonly<Record<string, string | undefined>>;

const DAY_MS = 86_400_000;

/** The short form is for every change: what it leaves out changes with the seed. */
export const isShort = (env: Env = process.env): boolean => env['SOUK_TEST_FORM'] === 'short';

/** What settles that: SOUK_SEED, or the day without one. `now` in epoch milliseconds. */
export const seedOf = (env: Env = process.env, now = Date.now()): number =>
  Number(env['SOUK_SEED'] ?? Math.floor(now / DAY_MS));

/** All of them, or in the short form one, drawn by the seed. */
export function drawn<T>(all: readonly T[], env: Env = process.env, now = Date.now()): readonly T[] {
  if (!isShort(env)) return all;
  const first = seedOf(env, now) % all.length;
  return all.slice(first, first + 1);
}
