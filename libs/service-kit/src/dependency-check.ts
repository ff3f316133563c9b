/** Resolves when the dependency does its work. */
export type DependencyCheck = () => Promise<void>;

export interface CheckResult {
  readonly ok: boolean;
  /** How long the answer took, in ms. */
  readonly ms: number;
  /** Why it is not ok. */
  readonly error?: string;
}

/** How a dependency is asked. Never rejects. */
export type Ask = (check: DependencyCheck) => Promise<CheckResult>;

/** Waits no longer than `limitMs`: whoever probes has a limit too, and must hear which dependency hangs. */
export const askWithin =
  (limitMs: number): Ask =>
  async (check) => {
    const { promise: tooLate, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
    return timed(() => Promise.race([check(), tooLate])).finally(() => clearTimeout(timer));
  };

/** The result of a check, however long it takes. */
export async function timed(check: DependencyCheck): Promise<CheckResult> {
  const started = performance.now();
  const took = (): number => Math.round(performance.now() - started);
  try {
    await check();
    return { ok: true, ms: took() };
  } catch (error) {
    return { ok: false, ms: took(), error: messageOf(error) };
  }
}

/** A check that hangs is not begun a second time: whoever asks meanwhile joins the one under way. */
export function oneAtATime(check: DependencyCheck): DependencyCheck {
  let underWay: Promise<void> | undefined;
  return () => (underWay ??= Promise.resolve(check()).finally(() => (underWay = undefined)));
}

/** A refused connection to several addresses is an AggregateError without a message of its own. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
