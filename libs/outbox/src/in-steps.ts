/** Rows a step: it holds no lock for long. */
const AT_ONCE = 5_000;
/** With a call a minute 2,500 rows a second, which is more than a busy shop writes. */
const STEPS = 30;

/**
 * Forgets what is past its time, step by step while there is more of it, and leaves what is too much for once to the next time.
 * `forget` takes how many rows it may take and answers how many it took. Returns how many in all.
 */
export async function inSteps(forget: (limit: number) => Promise<number>): Promise<number> {
  let gone = 0;
  for (let step = 0; step < STEPS; step += 1) {
    const taken = await forget(AT_ONCE);
    gone += taken;
    if (taken < AT_ONCE) break;
  }
  return gone;
}
