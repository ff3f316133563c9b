// Pattern: Ambassador
import { finished } from 'node:stream';
import {
  type CircuitName,
  FaultError,
  faultOf,
  logEvents,
  type LogPort,
  RetriesExhausted,
  type Resilient,
  resilient,
} from '@souk/resilience';
import { FaultyAnswer, type UpstreamAnswer } from './answer.js';
import { workingBudgetMs } from './call-rules.js';
import type { Caller, Outcome, OutboundCall, Reply } from './caller.js';
import { Connection } from './connection.js';
import type { UpstreamDefinition } from './definitions.js';
import type { Counts } from './counts.js';
import { problemAnswer, type ProblemCode } from './problems.js';

/** The policies live longer than the connections: new certificates do not close an open circuit. */
export const policyOf = ({ name, settings }: UpstreamDefinition, logger: LogPort): Resilient =>
  resilient({
    name,
    timeoutMs: settings.timeoutMs,
    retry: {
      ...settings.retry,
      retryOn: (error) => !(error instanceof FaultyAnswer) || error.isWorthAnotherTry(settings.retry.maxDelayMs),
    },
    breaker: settings.breaker,
    bulkhead: settings.bulkhead,
    onEvent: logEvents(logger),
  });

/** Calls one upstream: deadline → bulkhead → breaker → retry → limit of one try → pool. */
export class Upstream implements Caller {
  readonly name: string;
  readonly maxRetries: number;
  readonly injected: Readonly<Record<string, string>>;
  readonly #connection: Connection;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(
    definition: UpstreamDefinition,
    readonly policy: Resilient,
    private readonly counts: Counts,
  ) {
    this.name = definition.name;
    this.maxRetries = definition.settings.retry.attempts;
    this.injected = definition.headers;
    this.#connection = new Connection(definition);
  }

  circuit(): CircuitName {
    return this.policy.state().circuit;
  }

  async call(call: OutboundCall): Promise<Reply> {
    const work = this.#call(call);
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#connection.close();
  }

  async #call(call: OutboundCall): Promise<Reply> {
    const tries = { count: 0 };
    const budgetMs = call.deadlineMs === undefined ? undefined : workingBudgetMs(call.deadlineMs);
    const seen = (): Pick<Reply, 'attempts' | 'circuit'> => ({ attempts: tries.count, circuit: this.circuit() });
    if (budgetMs === 0) return { ...problemAnswer('upstream-timeout'), ...seen(), outcome: 'timeout' };
    const endsAt = budgetMs === undefined ? undefined : performance.now() + budgetMs;
    try {
      const answer = await this.policy.execute((signal) => this.#try(call, tries, endsAt, signal), {
        signal: call.signal,
        attempts: call.retries,
        whenOver: whenRead,
        judge: ({ fault }) => (fault === undefined ? undefined : faultOf(fault)),
        ...(budgetMs !== undefined && { deadlineMs: budgetMs }),
      });
      const { fault, ...said } = answer;
      if (fault !== undefined) return { ...said, ...seen(), outcome: 'fault', reason: fault.message };
      return { ...said, ...seen(), outcome: said.status < 400 ? 'ok' : 'refused' };
    } catch (error) {
      // A policy that sees the caller hang up takes it for its own limit.
      return { ...failed(call.signal.aborted ? GONE : error), ...seen() };
    }
  }

  async #try(
    call: OutboundCall,
    tries: { count: number },
    endsAt: number | undefined,
    signal: AbortSignal,
  ): Promise<Tried> {
    tries.count += 1;
    const deadlineMs = endsAt === undefined ? undefined : Math.max(1, Math.floor(endsAt - performance.now()));
    try {
      const answer = await this.#connection.try(call, { signal, attempt: tries.count, deadlineMs });
      this.counts.attempted(this.name, answer.status < 400 ? 'ok' : 'refused');
      return answer;
    } catch (error) {
      const ended = call.signal.aborted ? 'cancelled' : 'timeout';
      this.counts.attempted(this.name, signal.aborted ? ended : failed(error).outcome);
      // It flows to the caller, and cannot be taken back for another try.
      if (error instanceof FaultyAnswer && !Buffer.isBuffer(error.answer.body))
        return { ...error.answer, fault: error };
      throw error;
    }
  }
}

/** `fault`: of an answer that goes to the caller all the same. */
type Tried = UpstreamAnswer & { readonly fault?: FaultyAnswer };

/** A body that flows has its socket until it ends: whoever took its place would wait for one that is not there. */
function whenRead({ body }: UpstreamAnswer, done: () => void): void {
  if (Buffer.isBuffer(body)) done();
  else finished(body, done);
}

const GONE = new FaultError('cancelled', 'call-cancelled', 'The caller hung up.');

type Failure = Pick<Reply, 'status' | 'headers' | 'body' | 'outcome' | 'reason'>;

/** Policies refuse with a FaultError, undici with a code; an answer that is a fault goes back as it came. */
export function failed(error: unknown): Failure {
  // The application hears what the upstream said last.
  if (error instanceof RetriesExhausted && error.kind !== 'timeout') return failed(error.cause);
  if (error instanceof FaultyAnswer) return { ...error.answer, outcome: 'fault', reason: error.message };
  const [problem, outcome] = error instanceof FaultError ? REFUSALS[error.code] : ofNetwork(codeOf(error));
  const retryAfterSeconds = error instanceof FaultError ? error.retryAfterSeconds : undefined;
  return {
    ...problemAnswer(problem, retryAfterSeconds),
    outcome,
    reason: error instanceof Error ? `${codeOf(error) ?? error.name} ${error.message}` : String(error),
  };
}

const REFUSALS: Record<FaultError['code'], [ProblemCode, Outcome]> = {
  'upstream-unavailable': ['upstream-open', 'open'],
  'upstream-overloaded': ['upstream-saturated', 'saturated'],
  'upstream-timeout': ['upstream-timeout', 'timeout'],
  'call-cancelled': ['call-cancelled', 'cancelled'],
};

const OURS: ReadonlySet<unknown> = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
]);

function ofNetwork(code: string | undefined): [ProblemCode, Outcome] {
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return ['upstream-timeout', 'timeout'];
  return code === undefined || OURS.has(code) ? ['internal-error', 'error'] : ['upstream-unreachable', 'unreachable'];
}

/** By field, not by class: these errors come from Node and undici. */
const codeOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
