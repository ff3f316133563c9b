/** What was seen so long ago is no answer any more. */
const GOOD_FOR_MS = 5_000;

/**
 * kubectl is a large program: who samples every second need not have it started so often, nor wait for it. Answers what was seen last,
 * and looks anew where that is older than `forMs`; waits only for the first look. A look that fails leaves what was seen before, for
 * some seconds: who asks for longer than that gets no answer.
 */
export function lastSeen<T>(look: () => Promise<T>, forMs: number, now = () => performance.now()): () => Promise<T> {
  let last: { readonly found: T; readonly at: number } | undefined;
  let lookedAt = -Infinity;
  let looking: Promise<void> | undefined;
  const begin = (): Promise<void> => {
    lookedAt = now();
    const done = look()
      .then((found) => void (last = { found, at: now() }))
      .finally(() => (looking = undefined));
    // Whoever waits for it hears of it.
    done.catch(() => undefined);
    return done;
  };
  return async () => {
    if (now() - lookedAt > forMs) looking ??= begin();
    if (last === undefined) await looking;
    if (last === undefined) throw new Error('nothing was seen yet');
    if (now() - last.at > GOOD_FOR_MS) throw new Error(`nothing was seen for ${GOOD_FOR_MS / 1_000} s`);
    return last.found;
  };
}
