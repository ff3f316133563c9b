import { FailureRun } from './failure-run.js';
import type { Fault, FaultKind } from './faults.js';
import { SlidingWindow } from './sliding-window.js';

export interface BreakerOptions {
  /** Over so long calls and failures are counted; after a twentieth of it with nothing but failures nobody waits for its end. Default 10 000. */
  readonly windowMs?: number;
  /** Fewer calls in the window say nothing; default 10. */
  readonly minimumCalls?: number;
  /** Opens when the weight of the failures is this share (0–1) of the calls; default 0.5. */
  readonly failureRatio?: number;
  /** Pause before the first trial; doubled each time a trial fails; default 1 000. */
  readonly openMs?: number;
  /** Longest pause, one that the other side asks for included; default 30 000. */
  readonly maxOpenMs?: number;
  /** Calls that may try while half-open; default 3. */
  readonly trials?: number;
  /** So many of them must succeed, without a failure between, before it closes; at most `trials`; default 2. */
  readonly successes?: number;
  /** What a failure counts; default 1, 2 for `unreachable`, 0 for `throttled`. */
  readonly weights?: Partial<Readonly<Record<FaultKind, number>>>;
}

export type CircuitName = 'closed' | 'open' | 'half-open';
export type ChangeReason =
  | 'failures'
  | 'retry-after'
  | 'trial'
  | 'trial-failed'
  | 'trials-succeeded'
  | 'forced-open'
  | 'forced-closed'
  | 'reset';

/** Times are those of the `now` that was given. */
export interface CircuitChange {
  readonly from: CircuitName;
  readonly to: CircuitName;
  readonly reason: ChangeReason;
  readonly at: number;
  /** What failed last, where that was the reason. */
  readonly cause?: unknown;
}
export interface CircuitState {
  readonly circuit: CircuitName;
  readonly forced: 'open' | 'closed' | undefined;
  /** When the next trial may be; undefined unless open, and when forced. */
  readonly openUntil: number | undefined;
  readonly lastError: { readonly error: unknown; readonly at: number } | undefined;
  readonly lastChange: CircuitChange | undefined;
  readonly window: { readonly calls: number; readonly failures: number };
}

/** What the composition asks of a circuit breaker; times are milliseconds of one clock that never goes back. */
export interface Circuit {
  /** Whether a call would be refused now; changes nothing. */
  refuses(now: number): boolean;
  /** A permit for one call, to be given back by `record` or `release`; undefined when it is refused. */
  admit(now: number): number | undefined;
  /** Whether a call may be tried again with its permit. */
  mayRepeat(permit: number): boolean;
  /** What became of the call; `fault` undefined for a healthy answer. */
  record(now: number, permit: number, fault?: Fault, error?: unknown): void;
  /** The call ended and says nothing. */
  release(permit: number): void;
  force(now: number, to: 'open' | 'closed'): void;
  reset(now: number): void;
  /** The other side says that it is well again. */
  recovered(now: number): void;
  state(now: number): CircuitState;
}

const WEIGHTS: Readonly<Record<FaultKind, number>> = {
  unreachable: 2,
  reset: 1,
  timeout: 1,
  busy: 1,
  failed: 1,
  throttled: 0,
};
/** Of the window: so long a run of failures must last. Less may be a pause of this process, in which many calls reach their limits at once. */
const RUN_SHARE = 1 / 20;
const DEFAULTS = { windowMs: 10_000, minimumCalls: 10, failureRatio: 0.5, openMs: 1_000, maxOpenMs: 30_000 };

/**
 * Pattern: Circuit Breaker. Closed: failures are weighed in a sliding window, and those since the last good answer by themselves as well:
 * a busy service that hangs would else have to fail for half a window, until its good past is outweighed. Open: nothing goes out until
 * the pause is over. Half-open: a few trials, everybody else as if open. It has no clock, no timer and no I/O. A permit belongs to the
 * state in which it was given: what comes back after a change says nothing about the new state.
 */
export class CircuitBreaker implements Circuit {
  #options: Required<Omit<BreakerOptions, 'weights'>>;
  #weights: Readonly<Record<FaultKind, number>>;
  #window: SlidingWindow;
  #run: FailureRun;
  readonly #onChange: (change: CircuitChange) => void;
  #circuit: CircuitName = 'closed';
  #forced: 'open' | 'closed' | undefined;
  /** Grows with every change. */
  #permit = 1;
  #openUntil = 0;
  /** Of that, what the other side has asked for. */
  #askedUntil = 0;
  /** Pauses since it was last healthy for a whole window. */
  #streak = 0;
  #trying = 0;
  #succeeded = 0;
  #lastError: CircuitState['lastError'];
  #lastChange: CircuitChange | undefined;

  /** @throws RangeError when it could never close */
  constructor(options: BreakerOptions, onChange: (change: CircuitChange) => void) {
    [this.#options, this.#weights] = complete(options);
    this.#window = new SlidingWindow(this.#options.windowMs);
    this.#run = new FailureRun(this.#options.windowMs);
    this.#onChange = onChange;
  }

  /** Other thresholds from now on; what is known of the other side stays, unless the window has another length. */
  tune(options: BreakerOptions): void {
    const { windowMs } = this.#options;
    [this.#options, this.#weights] = complete(options);
    if (this.#options.windowMs === windowMs) return;
    this.#window = new SlidingWindow(this.#options.windowMs);
    this.#run = new FailureRun(this.#options.windowMs);
  }

  refuses(now: number): boolean {
    if (this.#circuit === 'closed') return false;
    if (this.#circuit === 'open') return now < this.#openUntil;
    return this.#trying + this.#succeeded >= this.#options.trials;
  }

  admit(now: number): number | undefined {
    if (this.#circuit === 'closed') return this.#permit;
    if (this.refuses(now)) return undefined;
    if (this.#circuit === 'open') this.#become('half-open', 'trial', now);
    this.#trying += 1;
    return this.#permit;
  }

  /** A trial is one try. */
  mayRepeat(permit: number): boolean {
    return permit === this.#permit && this.#circuit === 'closed';
  }

  record(now: number, permit: number, fault?: Fault, error?: unknown): void {
    if (fault !== undefined) this.#lastError = { error, at: now };
    const asked = fault?.retryAfterMs;
    if (permit !== this.#permit) return this.#late(now, asked);
    if (this.#circuit === 'half-open') return this.#tried(now, fault, asked);
    const weight = fault === undefined ? 0 : this.#weights[fault.kind];
    this.#window.add(now, 1, weight);
    if (fault === undefined) return this.#run.end();
    this.#run.add(now, weight);
    if (this.#forced === 'closed') return;
    if (asked !== undefined) return this.#open(now, 'retry-after', asked);
    const isLongRun = this.#run.lastedMs(now) >= this.#options.windowMs * RUN_SHARE;
    if (this.#isTooMuch(this.#window.at(now)) || (isLongRun && this.#isTooMuch(this.#run.at(now))))
      this.#open(now, 'failures');
  }

  release(permit: number): void {
    if (permit === this.#permit && this.#circuit === 'half-open') this.#trying -= 1;
  }

  force(now: number, to: 'open' | 'closed'): void {
    this.#forced = to;
    this.#openUntil = Number.POSITIVE_INFINITY;
    this.#become(to, `forced-${to}`, now);
  }

  reset(now: number): void {
    this.#forced = undefined;
    this.#streak = 0;
    this.#become('closed', 'reset', now);
  }

  /** Ends the pause early, but not one that was asked for. */
  recovered(now: number): void {
    if (this.#circuit === 'open' && this.#forced === undefined) this.#openUntil = Math.max(now, this.#askedUntil);
  }

  state(now: number): CircuitState {
    return {
      circuit: this.#circuit,
      forced: this.#forced,
      openUntil: this.#circuit === 'open' && this.#forced === undefined ? this.#openUntil : undefined,
      lastError: this.#lastError,
      lastChange: this.#lastChange,
      window: { ...this.#window.at(now) },
    };
  }

  #isTooMuch({ calls, failures }: { readonly calls: number; readonly failures: number }): boolean {
    const { minimumCalls, failureRatio } = this.#options;
    return calls >= minimumCalls && failures >= failureRatio * calls;
  }

  #tried(now: number, fault: Fault | undefined, askedMs: number | undefined): void {
    this.#trying -= 1;
    if (fault !== undefined) return this.#open(now, 'trial-failed', askedMs);
    this.#succeeded += 1;
    if (this.#succeeded >= this.#options.successes) this.#become('closed', 'trials-succeeded', now);
  }

  /** A request for a pause holds, whenever the call began that was answered by it. */
  #late(now: number, askedMs: number | undefined): void {
    if (askedMs === undefined || this.#circuit !== 'open') return;
    this.#askedUntil = Math.max(this.#askedUntil, now + Math.min(this.#options.maxOpenMs, askedMs));
    this.#openUntil = Math.max(this.#openUntil, this.#askedUntil);
  }

  #open(now: number, reason: ChangeReason, askedMs = 0): void {
    const { openMs, maxOpenMs, windowMs } = this.#options;
    const last = this.#lastChange;
    // Who fails again soon after closing was not well.
    const isRelapse = this.#circuit === 'half-open' || (last !== undefined && now - last.at < windowMs);
    this.#streak = isRelapse ? this.#streak + 1 : 1;
    this.#askedUntil = now + Math.min(maxOpenMs, askedMs);
    this.#openUntil = Math.max(this.#askedUntil, now + Math.min(maxOpenMs, openMs * 2 ** (this.#streak - 1)));
    this.#become('open', reason, now);
  }

  #become(to: CircuitName, reason: ChangeReason, at: number): void {
    const from = this.#circuit;
    this.#circuit = to;
    this.#permit += 1;
    [this.#trying, this.#succeeded] = [0, 0];
    this.#run.end();
    if (to === 'closed') this.#window.clear();
    const cause = reason === 'failures' || reason === 'retry-after' || reason === 'trial-failed';
    this.#lastChange = { from, to, reason, at, ...(cause && { cause: this.#lastError?.error }) };
    this.#onChange(this.#lastChange);
  }
}

function complete({ weights, ...given }: BreakerOptions) {
  const { trials = 3, successes = Math.min(2, trials), ...rest } = given;
  if (successes < 1 || successes > trials) throw new RangeError(`${successes} successes in ${trials} trials cannot be`);
  const all = { ...DEFAULTS, ...rest, trials, successes };
  return [
    { ...all, maxOpenMs: Math.max(all.openMs, all.maxOpenMs) },
    { ...WEIGHTS, ...weights },
  ] as const;
}
