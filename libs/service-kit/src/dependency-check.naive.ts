import { type Ask, timed } from './dependency-check.js';

/** Variant `health-shallow`: a process that runs says that all is well, whatever it stands on. */
export const takeForGranted: Ask = async () => ({ ok: true, ms: 0 });

/** Variant `health-unbounded`: waits as long as it takes, with a prober that waits for nobody at the other end. */
export const askWithoutEnd: Ask = timed;
