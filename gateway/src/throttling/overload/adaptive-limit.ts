/** How many may be under way, and how long an answer takes when nobody waits. */
export interface LimitState {
  readonly limit: number;
  /** 0: not known yet. */
  readonly baselineMs: number;
  /** Steps in a row in which the limit was well used: in them the baseline cannot be seen. */
  readonly pressed: number;
  /** Steps that are left of a look without a queue, and the limit to go on with. */
  readonly probe?: { readonly left: number; readonly resume: number };
}

/** What was seen in a while: how long good answers took on average, how many they were, how many requests were under way at most. */
export interface Observed {
  readonly meanMs: number;
  readonly count: number;
  readonly mostInFlight: number;
}

export interface LimitRules {
  readonly floor: number;
  readonly ceiling: number;
  /** Answers may get so many times slower than the baseline … */
  readonly tolerance: number;
  /** … or so many milliseconds, if that is more. */
  readonly slackMs: number;
}

/** A service that stops for a moment is not overloaded: in a second the limit falls to a third at most, in three to the floor. */
const STEEPEST = 0.9;
/** Of the way towards what is measured without a queue: about 12 s at ten steps a second. */
const BASELINE_STEP = 0.01;
/** A minute at ten steps a second. */
const PROBE_AFTER = 600;
/** In the first of them those are answered that were let in before. */
const PROBE_STEPS = 4;

/**
 * The next limit by the gradient between the time that answers take without a queue and the time that they take now, after Netflix'
 * concurrency-limits (https://github.com/Netflix/concurrency-limits, GradientLimit) and Envoy's gradient controller:
 * limit ← limit × tolerated ÷ measured + headroom. The headroom lets it grow, and keeps the service busy; without demand it does not
 * grow. The baseline is the least that was measured, and follows the truth bit by bit while less than half of the limit is used. Where
 * that does not happen for a minute, it is looked for at the floor, as Envoy does: a service may have become slower for good.
 */
export function nextLimit(state: LimitState, seen: Observed, rules: LimitRules): LimitState {
  const { limit, baselineMs, probe } = state;
  if (probe !== undefined) {
    const { left, resume } = probe;
    if (left > 1) return { ...state, limit: rules.floor, probe: { left: left - 1, resume } };
    return { limit: resume, baselineMs: seen.meanMs, pressed: 0 };
  }
  const pressed = isWellUsed(limit, seen.mostInFlight) ? state.pressed + 1 : 0;
  if (pressed >= PROBE_AFTER)
    return { limit: rules.floor, baselineMs, pressed, probe: { left: PROBE_STEPS, resume: limit } };
  const baseline = nextBaseline(state, seen);
  const toleratedMs = Math.max(baseline * rules.tolerance, baseline + rules.slackMs);
  return { limit: stepped(limit, toleratedMs / seen.meanMs, seen.mostInFlight, rules), baselineMs: baseline, pressed };
}

const isWellUsed = (limit: number, mostInFlight: number): boolean => mostInFlight >= limit / 2;

/** `gradient`: what is tolerated ÷ what is measured; 1 and more is well. */
export function stepped(
  limit: number,
  gradient: number,
  mostInFlight: number,
  { floor, ceiling }: Pick<LimitRules, 'floor' | 'ceiling'>,
): number {
  const next = gradient >= 1 ? grown(limit, mostInFlight) : shrunk(limit, gradient);
  return Math.min(ceiling, Math.max(floor, next));
}

const grown = (limit: number, mostInFlight: number): number =>
  isWellUsed(limit, mostInFlight) ? limit + headroom(limit) : limit;

/** The headroom only where little is amiss: else a small limit would not shrink at all. */
const shrunk = (limit: number, gradient: number): number =>
  gradient < STEEPEST ? limit * STEEPEST : limit * gradient + headroom(limit);

const headroom = (limit: number): number => Math.max(1, Math.log2(limit) / 2);

function nextBaseline({ limit, baselineMs }: LimitState, { meanMs, mostInFlight }: Observed): number {
  if (baselineMs === 0 || meanMs < baselineMs) return meanMs;
  return isWellUsed(limit, mostInFlight) ? baselineMs : baselineMs + (meanMs - baselineMs) * BASELINE_STEP;
}
