import type { Exhausted, Fault } from './faults.js';
import { SlidingWindow } from './sliding-window.js';

export interface RetryOptions {
  /** Additional tries after the first. */
  readonly attempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** Share of the calls of the last ten seconds that may be retried; default 10. */
  readonly budgetPercent?: number;
  /** So many retries in ten seconds a quiet client has whatever the share says; default 5. */
  readonly budgetMinimum?: number;
  /** Which faults are worth another try; default all of them. */
  readonly retryOn?: (error: unknown, fault: Fault) => boolean;
}

/** A try that failed. */
export interface Failure {
  readonly fault: Fault;
  readonly error: unknown;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Additional tries that this call may have at most. */
  readonly attempts: number;
  /** Until nobody waits any more. */
  readonly leftMs: number;
}

/** Decides whether and when there is another try. */
export interface RetryRule {
  /** A call begins. */
  called(now: number): void;
  /** Milliseconds until the next try; what is used up; or `refused`, where none was to be had in the first place. */
  next(failure: Failure, now: number): number | Exhausted | 'refused';
}

const BUDGET_MS = 10_000;

/** Caps retries at a share of the calls, so that a sick upstream never sees much more load than a healthy one. */
export class RetryBudget {
  readonly #window = new SlidingWindow(BUDGET_MS);

  called(now: number): void {
    this.#window.add(now, 1, 0);
  }

  /** `percent` of the calls, or `minimum` where that is more. */
  tryTake(now: number, percent: number, minimum: number): boolean {
    const { calls, failures: retries } = this.#window.at(now);
    if (retries + 1 > Math.max(minimum, (calls * percent) / 100)) return false;
    this.#window.add(now, 0, 1);
    return true;
  }
}

/**
 * Pattern: Retry. The fault decides: a lost connection is tried once at once, everything else later each time with full jitter (a random
 * part of base × 2ⁿ, see "Exponential Backoff And Jitter", AWS Architecture Blog), and never before a Retry-After is over.
 */
export class Retry implements RetryRule {
  readonly #budget = new RetryBudget();
  readonly #random: () => number;
  #options: RetryOptions;

  constructor(options: RetryOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  tune(options: RetryOptions): void {
    this.#options = options;
  }

  called(now: number): void {
    this.#budget.called(now);
  }

  next({ fault, error, attempt, attempts, leftMs }: Failure, now: number): number | Exhausted | 'refused' {
    const { retryOn, budgetPercent = 10, budgetMinimum = 5 } = this.#options;
    const allowed = Math.min(this.#options.attempts, attempts);
    if (allowed === 0 || retryOn?.(error, fault) === false) return 'refused';
    if (attempt > allowed) return 'attempts';
    const delayMs = this.#delayMs(fault, attempt);
    // A pause that is too long is the caller's to wait for.
    if (delayMs === undefined || delayMs >= leftMs) return 'deadline';
    return this.#budget.tryTake(now, budgetPercent, budgetMinimum) ? delayMs : 'budget';
  }

  #delayMs({ kind, retryAfterMs }: Fault, attempt: number): number | undefined {
    if (kind === 'reset' && attempt === 1) return 0;
    const { baseDelayMs, maxDelayMs } = this.#options;
    if (retryAfterMs !== undefined) {
      // Everybody was told the same time: not all at its first millisecond.
      return retryAfterMs > maxDelayMs ? undefined : Math.ceil(retryAfterMs + 1 + this.#random() * baseDelayMs);
    }
    return this.#random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1));
  }
}
