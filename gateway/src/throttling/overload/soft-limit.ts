/** Whether pages do without what they can do without, and how long the pressure has been what it is. */
export interface SoftLimit {
  readonly isEngaged: boolean;
  /** Epoch milliseconds since when the pressure speaks for the other state; undefined while it does not. */
  readonly since: number | undefined;
}

const ENGAGE_AT = 1;
const ENGAGE_AFTER_MS = 200;
/** Lower and later than where it engages: at the border it does not flutter. */
const RELEASE_BELOW = 0.6;
const RELEASE_AFTER_MS = 1_000;

export const RELAXED: SoftLimit = { isEngaged: false, since: undefined };

/** `pressure` 1 is the soft limit itself; `now` in epoch milliseconds. */
export function nextSoftLimit({ isEngaged, since }: SoftLimit, pressure: number, now: number): SoftLimit {
  const speaksForChange = isEngaged ? pressure < RELEASE_BELOW : pressure >= ENGAGE_AT;
  if (!speaksForChange) return { isEngaged, since: undefined };
  const begin = since ?? now;
  const isTime = now - begin >= (isEngaged ? RELEASE_AFTER_MS : ENGAGE_AFTER_MS);
  return isTime ? { isEngaged: !isEngaged, since: undefined } : { isEngaged, since: begin };
}
