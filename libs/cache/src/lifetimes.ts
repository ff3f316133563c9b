/** No entry may outlive the floor that outdates it (`FLOOR_MS`), so this is the longest life there is. */
export const LONGEST_MS = 3_600_000;

/** Copies in a process end so much sooner than what they were made from. */
const LOCAL_SHARE = 5;
/** Entries that were made together must not end together: each loses up to a tenth of its life. */
const JITTER = 0.1;

export interface Life {
  readonly sharedMs: number;
  readonly localMs: number;
}

/** How long a copy lives, given the limits of its kind. */
export type Lifetimes = (limits: { readonly ttlMs: number; readonly localMs: number }) => Life;

/**
 * A copy in the process may be made at the last moment of the shared one, so both lives together are the time to live: a change that
 * nobody told the cache of is seen after `ttlMs`.
 * @param random 0 ≤ x < 1
 */
export const jittered =
  (random: () => number = Math.random): Lifetimes =>
  (limits) => {
    const ttlMs = Math.min(limits.ttlMs, LONGEST_MS);
    const localMs = Math.floor(Math.min(limits.localMs, ttlMs / LOCAL_SHARE));
    return { localMs, sharedMs: Math.ceil((ttlMs - localMs) * (1 - JITTER * random())) };
  };
