import * as cockatiel from 'cockatiel';
import { FaultError, isFault } from './faults.js';
import { RetryBudget } from './retry-budget.js';
import { LimitReached, within } from './within.js';

export interface RetryOptions {
  /** Additional tries after the first. */
  readonly attempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** Share of all calls that may be retried; default 10. */
  readonly budgetPercent?: number;
  /** Which faults are worth another try; default all of them. */
  readonly retryOn?: (error: unknown) => boolean;
}
export interface BreakerOptions {
  /** Opens when this share (0–1) of the last `window` calls failed; default 0.5 of 20, of which at least `minimumCalls` (10) happened. */
  readonly failureRatio?: number;
  readonly window?: number;
  readonly minimumCalls?: number;
  /** How long it stays open before one call may try again; default 1 000 ms. */
  readonly halfOpenAfterMs?: number;
}
export interface BulkheadOptions {
  readonly concurrent: number;
  readonly queue: number;
}
export interface ResilientOptions {
  readonly name: string;
  /** Limit of one try. */
  readonly timeoutMs: number;
  /** Limit of everything together, waiting included; default: what all tries and delays can take. */
  readonly deadlineMs?: number;
  readonly retry?: RetryOptions;
  readonly breaker?: BreakerOptions;
  readonly bulkhead?: BulkheadOptions;
  /** 0 ≤ x < 1; an argument so that tests need no luck. */
  readonly random?: () => number;
}
export interface ExecuteOptions {
  /** Cancels the call, and with it all further tries. */
  readonly signal?: AbortSignal;
  /** false for a call that must not be repeated; default true. */
  readonly retryable?: boolean;
  /** Fewer additional tries than configured, for this call; more are not to be had. */
  readonly attempts?: number;
  /** A tighter limit for this call, e.g. what is left of the caller's deadline. */
  readonly deadlineMs?: number;
  /** Another limit of one try for this call, e.g. for a long poll. */
  readonly timeoutMs?: number;
}
export type CircuitName = 'closed' | 'open' | 'half-open';
export interface ResilientState {
  readonly name: string;
  readonly circuit: CircuitName;
  readonly calls: number;
  readonly retries: number;
  /** Calls refused without a try: circuit open, bulkhead full. */
  readonly refused: number;
}
export interface Resilient {
  execute<T>(fn: (signal: AbortSignal) => Promise<T>, options?: ExecuteOptions): Promise<T>;
  state(): ResilientState;
}

/**
 * Pattern: Circuit Breaker, Bulkhead, Retry. One composition for every remote call, outermost first: deadline → bulkhead →
 * breaker → retry (full jitter, budget, Retry-After obeyed) → timeout of one try.
 * @throws FaultError for what the policies themselves decide; everything else is the error of the last try
 */
export function resilient(options: ResilientOptions): Resilient {
  const counters = { calls: 0, retries: 0, refused: 0 };
  const bulkhead = options.bulkhead
    ? cockatiel.bulkhead(options.bulkhead.concurrent, options.bulkhead.queue)
    : cockatiel.noop;
  const breaker = options.breaker ? circuitBreaker(options.breaker) : undefined;
  const budget = new RetryBudget(options.retry?.budgetPercent ?? 10);

  return {
    async execute(fn, call = {}) {
      counters.calls += 1;
      budget.recordCall();
      const timeoutMs = call.timeoutMs ?? options.timeoutMs;
      const deadlineMs = call.deadlineMs ?? options.deadlineMs ?? longest(timeoutMs, options.retry);
      const policy = cockatiel.wrap(
        bulkhead,
        breaker ?? cockatiel.noop,
        retryPolicy(options, call, budget, () => (counters.retries += 1)),
      );
      try {
        return await within(deadlineMs, call.signal, (limit) =>
          policy.execute(({ signal }) => tryOnce(fn, timeoutMs, signal, call.signal), limit),
        );
      } catch (error) {
        const fault = translate(options, error);
        if (fault instanceof FaultError && fault.kind === 'unavailable') counters.refused += 1;
        throw fault;
      }
    },
    state: () => ({ name: options.name, circuit: circuitName(breaker), ...counters }),
  };
}

/** A caller who left says nothing about the health of the other side: neither breaker nor retry may see a fault in it. */
async function tryOnce<T>(
  fn: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number,
  signal: AbortSignal,
  caller: AbortSignal | undefined,
): Promise<T> {
  try {
    return await within(timeoutMs, signal, fn);
  } catch (error) {
    throw caller?.aborted ? new FaultError('cancelled', 'call-cancelled', 'The caller gave up.') : error;
  }
}

const longest = (timeoutMs: number, retry: RetryOptions | undefined): number =>
  timeoutMs + (retry ? retry.attempts * (timeoutMs + retry.maxDelayMs) : 0);

function circuitBreaker(options: BreakerOptions): cockatiel.CircuitBreakerPolicy {
  const { failureRatio = 0.5, window = 20, minimumCalls = 10, halfOpenAfterMs = 1_000 } = options;
  return cockatiel.circuitBreaker(cockatiel.handleWhen(isFault), {
    halfOpenAfter: halfOpenAfterMs,
    breaker: new cockatiel.CountBreaker({ threshold: failureRatio, size: window, minimumNumberOfCalls: minimumCalls }),
  });
}

/** Built per call: whether to go on depends on this call and on the budget at that moment. */
function retryPolicy(options: ResilientOptions, call: ExecuteOptions, budget: RetryBudget, onRetry: () => void) {
  const { retry, random = Math.random } = options;
  const attempts = Math.min(retry?.attempts ?? 0, call.attempts ?? Number.POSITIVE_INFINITY);
  if (retry === undefined || call.retryable === false || attempts === 0) return cockatiel.noop;
  let failures = 0;
  const mayGoOn = (error: unknown): boolean => {
    failures += 1;
    return (
      failures <= attempts && (retry.retryOn ?? isFault)(error) && call.signal?.aborted !== true && budget.tryTake()
    );
  };
  const backoff = new cockatiel.DelegateBackoff<cockatiel.IRetryBackoffContext<unknown>>(({ attempt, result }) => {
    onRetry();
    const jittered = random() * Math.min(retry.maxDelayMs, retry.baseDelayMs * 2 ** (attempt - 1));
    return Math.min(retry.maxDelayMs, Math.max(jittered, 'error' in result ? askedDelayMs(result.error) : 0));
  });
  return cockatiel.retry(cockatiel.handleWhen(mayGoOn), { maxAttempts: attempts, backoff });
}

function askedDelayMs(error: unknown): number {
  const seconds = error instanceof Error && 'retryAfterSeconds' in error ? error.retryAfterSeconds : undefined;
  return typeof seconds === 'number' ? seconds * 1_000 : 0;
}

function translate({ name, timeoutMs, breaker }: ResilientOptions, error: unknown): unknown {
  if (error instanceof LimitReached || error instanceof cockatiel.TaskCancelledError) {
    return new FaultError('timeout', 'upstream-timeout', `${name} did not answer within its limit of ${timeoutMs} ms.`);
  }
  if (error instanceof cockatiel.BrokenCircuitError) {
    const wait = Math.max(1, Math.ceil((breaker?.halfOpenAfterMs ?? 1_000) / 1_000));
    return new FaultError('unavailable', 'upstream-unavailable', `${name} is failing; calls to it are paused.`, wait);
  }
  if (error instanceof cockatiel.BulkheadRejectedError) {
    return new FaultError('unavailable', 'upstream-overloaded', `${name} has too many calls under way.`, 1);
  }
  return error;
}

function circuitName(breaker: cockatiel.CircuitBreakerPolicy | undefined): CircuitName {
  if (breaker === undefined || breaker.state === cockatiel.CircuitState.Closed) return 'closed';
  return breaker.state === cockatiel.CircuitState.HalfOpen ? 'half-open' : 'open';
}
