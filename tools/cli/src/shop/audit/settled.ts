import { agree, type Comparison, persisting } from './checks.ts';

/** What was found at one moment, nothing left out for what was found before. */
export type Look = readonly Comparison[];

/**
 * Looks again until a look finds nothing or nobody wants another one. What one look has not seen ends nothing: it may have seen
 * something else.
 * @param again waits for the next look; false once the time is over
 */
export async function looksUntilSettled(look: () => Promise<Look>, again: () => Promise<boolean>): Promise<Look[]> {
  const looks = [await look()];
  while (!agree(looks.at(-1) ?? []) && (await again())) looks.push(await look());
  return looks;
}

/**
 * Of a shop that nobody uses any more: what the last two looks have both seen. Where that is nothing, what the last one saw: it was
 * the last, so nobody has seen it go.
 */
export function leftAtRest(looks: readonly Look[]): Look {
  const last = looks.at(-1) ?? [];
  const stands = standingIn(looks.slice(-2));
  return agree(stands) ? last : stands;
}

/** Of a shop at work, whose looks always find something that is on its way: what stood all through the later half of the time. */
export function leftAtWork(looks: readonly Look[]): Look {
  return standingIn(looks.slice(-Math.max(2, Math.ceil(looks.length / 2))));
}

const standingIn = ([first = [], ...later]: readonly Look[]): Look => later.reduce(persisting, first);
