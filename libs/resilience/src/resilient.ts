import { Bulkhead, type BulkheadOptions, type Places } from './bulkhead.js';
import { type BreakerOptions, type Circuit, type CircuitChange, CircuitBreaker } from './circuit-breaker.js';
import { BulkheadFull, CircuitOpen, type Exhausted, type Fault, FaultError, faultOf, LimitReached } from './faults.js';
import { RetriesExhausted } from './faults.js';
import { Figures, type Outcome, type ResilientState } from './figures.js';
import { pingWhileOpen, type PingOptions } from './ping.js';
import { type Failure, Retry, type RetryOptions, type RetryRule } from './retry.js';
import { pause, within } from './within.js';

/** What can be changed while calls are under way. */
export interface Limits {
  /** Limit of one try. */
  readonly timeoutMs: number;
  readonly retry?: RetryOptions;
  readonly breaker?: BreakerOptions;
  readonly bulkhead?: BulkheadOptions;
}
export interface ResilientOptions extends Limits {
  readonly name: string;
  /** Limit of everything together, waiting included; default: what all tries and delays can take. */
  readonly deadlineMs?: number;
  /** Told what is worth a log line; must not throw. */
  readonly onEvent?: (event: ResilienceEvent) => void;
  /** Asks the other side, while the circuit is open, whether it is well again. */
  readonly ping?: PingOptions;
  /** 0 ≤ x < 1; an argument so that tests need no luck. */
  readonly random?: () => number;
  /** Milliseconds that never go back. */
  readonly now?: () => number;
  /** Other mechanisms in place of our own. */
  readonly mechanisms?: { readonly circuit?: Circuit; readonly places?: Places; readonly retry?: RetryRule };
}
export type ResilienceEvent = { readonly name: string } & (
  | { readonly type: 'circuit'; readonly change: CircuitChange }
  | {
      readonly type: 'retry';
      /** The try that failed; 1 for the first. */
      readonly attempt: number;
      readonly delayMs: number;
      readonly fault: Fault;
      readonly error: unknown;
    }
  | { readonly type: 'failed'; readonly error: unknown }
);
export interface ExecuteOptions<T = unknown> {
  /** Cancels the call, and with it all further tries. */
  readonly signal?: AbortSignal | undefined;
  /** false for a call that must not be repeated; default true. */
  readonly retryable?: boolean;
  /** Fewer additional tries than configured, for this call; more are not to be had. */
  readonly attempts?: number;
  /** A tighter limit for this call, e.g. what is left of the caller's deadline. */
  readonly deadlineMs?: number;
  /** Another limit of one try for this call, e.g. for a long poll. */
  readonly timeoutMs?: number | undefined;
  /** Calls `done` once the answer has been read to its end, or is given up; its place is kept until then, and left at once without this. */
  readonly whenOver?: (answer: T, done: () => void) => void;
  /** What an answer says about the health of the other side; it goes to the caller in any case. */
  readonly judge?: (answer: T) => Fault | undefined;
  /** In place of an answer where there is a fault; refusals and the caller's own wish to stop are not its business. */
  readonly fallback?: (error: unknown) => T | Promise<T>;
}
export interface Resilient {
  readonly name: string;
  execute<T>(fn: (signal: AbortSignal) => Promise<T>, options?: ExecuteOptions<T>): Promise<T>;
  state(): ResilientState;
  /** Other limits for the calls that begin from now on. */
  tune(limits: Limits): void;
  /** Undefined for a policy without a breaker. */
  readonly circuit: { force(to: 'open' | 'closed'): void; reset(): void } | undefined;
}

/**
 * One composition for every remote call, outermost first: deadline → bulkhead → breaker → retry → limit of one try. The breaker is
 * asked before a place is taken, so that nobody queues for what is refused anyway, and again before each further try; it judges what came
 * of a call in the end.
 * @throws FaultError for what the policies themselves decide; everything else is the error of the only try
 */
export const resilient = (options: ResilientOptions): Resilient => new Policy(options);

class Policy implements Resilient {
  readonly name: string;
  readonly circuit: Resilient['circuit'];
  readonly #options: ResilientOptions;
  readonly #now: () => number;
  readonly #figures = new Figures();
  readonly #own: { readonly circuit?: CircuitBreaker; readonly places?: Bulkhead; readonly retry?: Retry };
  readonly #circuit: Circuit | undefined;
  readonly #places: Places | undefined;
  readonly #retry: RetryRule | undefined;
  #limits: Limits;
  #isPinging = false;

  constructor(options: ResilientOptions) {
    const { name, breaker, bulkhead, retry, mechanisms = {}, random = Math.random, now = monotonicMs } = options;
    this.name = name;
    this.#options = options;
    this.#limits = options;
    this.#now = now;
    this.#own = {
      ...(breaker && { circuit: new CircuitBreaker(breaker, (change) => this.#changed(change)) }),
      ...(bulkhead && { places: new Bulkhead(name, bulkhead) }),
      ...(retry && { retry: new Retry(retry, random) }),
    };
    const { circuit, places, retry: rule } = { ...this.#own, ...mechanisms };
    [this.#circuit, this.#places, this.#retry] = [circuit, places, rule];
    this.circuit = circuit && { force: (to) => circuit.force(now(), to), reset: () => circuit.reset(now()) };
  }

  async execute<T>(fn: (signal: AbortSignal) => Promise<T>, call: ExecuteOptions<T> = {}): Promise<T> {
    const begunAt = this.#now();
    this.#figures.calls += 1;
    this.#retry?.called(begunAt);
    const timeoutMs = call.timeoutMs ?? this.#limits.timeoutMs;
    const endsAt = begunAt + (call.deadlineMs ?? this.#options.deadlineMs ?? longest(timeoutMs, this.#limits.retry));
    try {
      if (this.#circuit?.refuses(begunAt)) throw this.#isOpen(begunAt);
      const hasWaited = this.#places?.tryEnter() === false;
      if (hasWaited) await this.#places?.wait(endsAt - begunAt, call.signal);
      let isKept = false;
      try {
        const answer = await this.#tries(fn, call, { timeoutMs, endsAt, hasWaited });
        this.#figures.outcomes.ok += 1;
        if (call.whenOver !== undefined) {
          isKept = true;
          call.whenOver(answer, () => this.#places?.leave());
        }
        return answer;
      } finally {
        if (!isKept) this.#places?.leave();
        this.#figures.took(this.#now() - begunAt);
      }
    } catch (error) {
      return this.#without(error, call, timeoutMs);
    }
  }

  state(): ResilientState {
    const breaker = this.#circuit?.state(this.#now());
    return {
      name: this.name,
      circuit: breaker?.circuit ?? 'closed',
      ...this.#figures.read(),
      breaker,
      bulkhead: this.#places && placesOf(this.#places),
    };
  }

  tune(limits: Limits): void {
    this.#limits = limits;
    if (limits.breaker) this.#own.circuit?.tune(limits.breaker);
    if (limits.bulkhead) this.#own.places?.resize(limits.bulkhead);
    if (limits.retry) this.#own.retry?.tune(limits.retry);
  }

  async #tries<T>(
    fn: (signal: AbortSignal) => Promise<T>,
    call: ExecuteOptions<T>,
    { timeoutMs, endsAt, hasWaited }: { timeoutMs: number; endsAt: number; hasWaited: boolean },
  ): Promise<T> {
    let permit: number | undefined;
    let failure: Failure | undefined;
    for (let attempt = 1; ; attempt++) {
      const now = this.#now();
      permit = this.#permitFor(permit, now);
      if (permit === undefined) throw failure === undefined ? this.#isOpen(now) : this.#exhausted(failure, 'circuit');
      this.#figures.tries += 1;
      try {
        const answer = await within(Math.min(timeoutMs, endsAt - now), call.signal, fn);
        this.#circuit?.record(this.#now(), permit, call.judge?.(answer));
        return answer;
      } catch (error) {
        const isCut = hasWaited && endsAt - now < timeoutMs;
        failure = this.#failureOf(error, permit, { attempt, endsAt, call, isCut });
      }
      const pauseMs = this.#pauseAfter(failure, permit);
      if (pauseMs > 0) await pause(pauseMs, call.signal);
      if (call.signal?.aborted) throw failure.error;
    }
  }

  /** A call keeps its permit until the circuit changes. */
  #permitFor(permit: number | undefined, now: number): number | undefined {
    if (this.#circuit === undefined) return 0;
    return permit !== undefined && this.#circuit.mayRepeat(permit) ? permit : this.#circuit.admit(now);
  }

  /** What went wrong, if it is a fault; anything else is the caller's business at once. */
  #failureOf(error: unknown, permit: number, { attempt, endsAt, call, isCut }: Attempt): Failure {
    const now = this.#now();
    const fault = call.signal?.aborted ? undefined : faultOf(error);
    if (fault === undefined) {
      // A caller who left says nothing about the health of the other side; a refusal is a healthy answer.
      if (call.signal?.aborted) this.#circuit?.release(permit);
      else this.#circuit?.record(now, permit);
      throw error;
    }
    if (isCut && fault.kind === 'timeout') {
      this.#circuit?.release(permit);
      throw error;
    }
    const attempts = call.retryable === false ? 0 : (call.attempts ?? Number.POSITIVE_INFINITY);
    return { fault, error, attempt, attempts, leftMs: endsAt - now };
  }

  /** Milliseconds until another try. @throws when there is none */
  #pauseAfter(failure: Failure, permit: number): number {
    const { fault, error, attempt } = failure;
    const now = this.#now();
    const next = this.#retry?.next(failure, now) ?? 'refused';
    const isLast = typeof next === 'string';
    // The breaker judges calls: a try that is repeated says nothing yet, unless it is a trial or the other side asks for a pause.
    if (isLast || fault.retryAfterMs !== undefined || this.#circuit?.mayRepeat(permit) === false)
      this.#circuit?.record(now, permit, fault, error);
    if (next === 'refused') throw error;
    if (isLast) throw this.#exhausted(failure, next);
    if (this.#circuit?.refuses(now + next)) throw this.#exhausted(failure, 'circuit');
    this.#figures.retried(fault.kind);
    this.#tell({ name: this.name, type: 'retry', attempt, delayMs: next, fault, error });
    return next;
  }

  /** What the caller gets in place of an answer. */
  async #without<T>(error: unknown, { signal, fallback }: ExecuteOptions<T>, timeoutMs: number): Promise<T> {
    if (signal?.aborted) {
      this.#figures.outcomes.cancelled += 1;
      throw new FaultError('cancelled', 'call-cancelled', 'The caller gave up.', { cause: error });
    }
    const outcome = outcomeOf(error);
    this.#figures.outcomes[outcome] += 1;
    if (outcome === 'ok') throw error;
    if (outcome === 'failed') this.#tell({ name: this.name, type: 'failed', error });
    if (fallback !== undefined) {
      this.#figures.fallbacks += 1;
      return fallback(error);
    }
    if (!(error instanceof LimitReached)) throw error;
    const message = `${this.name} did not answer within its limit of ${timeoutMs} ms.`;
    throw new FaultError('timeout', 'upstream-timeout', message, { cause: error });
  }

  #changed(change: CircuitChange): void {
    this.#figures.changes[change.to] += 1;
    if (change.to === 'open') {
      this.#places?.dismiss(() => this.#isOpen(change.at));
      void this.#ping();
    }
    this.#tell({ name: this.name, type: 'circuit', change });
  }

  async #ping(): Promise<void> {
    if (this.#options.ping === undefined || this.#circuit === undefined || this.#isPinging) return;
    this.#isPinging = true;
    await pingWhileOpen(this.#options.ping, this.#circuit, this.#now);
    this.#isPinging = false;
  }

  #isOpen(now: number): CircuitOpen {
    const { openUntil = now, lastError, forced } = this.#circuit?.state(now) ?? {};
    return new CircuitOpen(this.name, openUntil - now, lastError?.error, forced === 'open');
  }

  #exhausted({ fault, error, attempt }: Failure, what: Exhausted): RetriesExhausted {
    return new RetriesExhausted(this.name, attempt, what, fault, error);
  }

  #tell(event: ResilienceEvent): void {
    this.#options.onEvent?.(event);
  }
}

interface Attempt {
  readonly attempt: number;
  /** The wait for a place has left it less than its limit: that it was not in time says nothing about the other side. */
  readonly isCut: boolean;
  readonly endsAt: number;
  readonly call: Pick<ExecuteOptions, 'signal' | 'retryable' | 'attempts'>;
}

const placesOf = ({ inUse, queued, places }: Places): ResilientState['bulkhead'] => ({ inUse, queued, places });

const monotonicMs = (): number => performance.now();

const longest = (timeoutMs: number, retry: RetryOptions | undefined): number =>
  timeoutMs + (retry ? retry.attempts * (timeoutMs + retry.maxDelayMs) : 0);

function outcomeOf(error: unknown): Outcome {
  if (error instanceof CircuitOpen) return 'open';
  if (error instanceof BulkheadFull) return 'full';
  return faultOf(error) === undefined ? 'ok' : 'failed';
}
