/** Carries `code` and `kind` in the shape that the problem filter of @souk/http understands. */
export class FaultError extends Error {
  override readonly name: string = 'FaultError';
  readonly retryAfterSeconds?: number;

  constructor(
    readonly kind: 'timeout' | 'unavailable' | 'cancelled',
    readonly code: 'upstream-timeout' | 'upstream-unavailable' | 'upstream-overloaded' | 'call-cancelled',
    message: string,
    extra: { readonly retryAfterSeconds?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause });
    if (extra.retryAfterSeconds !== undefined) this.retryAfterSeconds = extra.retryAfterSeconds;
  }
}

/** Refused without a call: the other side keeps failing, or somebody holds the circuit open. `cause` is the failure that was seen last. */
export class CircuitOpen extends FaultError {
  override readonly name = 'CircuitOpen';

  constructor(name: string, retryAfterMs: number, cause: unknown, isByHand = false) {
    const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
    const why = isByHand ? `The circuit to ${name} was opened by hand` : `${name} is failing`;
    super('unavailable', 'upstream-unavailable', `${why}; calls to it are paused.`, {
      retryAfterSeconds,
      cause,
    });
  }
}

/** Refused without a call: too many are under way, and too many wait. */
export class BulkheadFull extends FaultError {
  override readonly name = 'BulkheadFull';

  constructor(name: string) {
    super('unavailable', 'upstream-overloaded', `${name} has too many calls under way.`, { retryAfterSeconds: 1 });
  }
}

/** What there was no more of; `circuit`: it opened meanwhile. */
export type Exhausted = 'attempts' | 'budget' | 'deadline' | 'circuit';

/** The fault was worth another try, and there was none left. `cause` is the error of the last one. */
export class RetriesExhausted extends FaultError {
  override readonly name = 'RetriesExhausted';

  constructor(
    name: string,
    readonly attempts: number,
    readonly exhausted: Exhausted,
    fault: Fault,
    cause: unknown,
  ) {
    const [kind, code] =
      fault.kind === 'timeout'
        ? (['timeout', 'upstream-timeout'] as const)
        : (['unavailable', 'upstream-unavailable'] as const);
    const retryAfterSeconds = numberAt(cause, 'retryAfterSeconds');
    super(kind, code, `${name} gave no good answer; tries: ${attempts}.`, { retryAfterSeconds, cause });
  }
}

/** The time was up, or whoever asked had enough. */
export class LimitReached extends Error {
  override readonly name = 'LimitReached';
}

/** `unreachable`: never heard of the call; `reset`: lost it; `busy`: 503; `throttled`: 429, well but asked too often; `failed`: the rest. */
export type FaultKind = 'unreachable' | 'reset' | 'timeout' | 'busy' | 'throttled' | 'failed';

/** What a failed call says about the health of the other side. */
export interface Fault {
  readonly kind: FaultKind;
  /** As the other side asked for. */
  readonly retryAfterMs?: number | undefined;
}

const OF_NETWORK: Readonly<Record<string, FaultKind>> = {
  ECONNREFUSED: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'unreachable',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  ETIMEDOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
};
const OF_KIND: Readonly<Record<string, FaultKind>> = {
  timeout: 'timeout',
  unavailable: 'busy',
  'too-many-requests': 'throttled',
  'bad-gateway': 'failed',
  internal: 'failed',
};

/** Reads the codes of Node and undici, and `kind`. Undefined for a refusal (not found, conflict …), which is a healthy answer. */
export function faultOf(error: unknown): Fault | undefined {
  if (error instanceof LimitReached) return { kind: 'timeout' };
  const ofNetwork = OF_NETWORK[textAt(error, 'code') ?? ''] ?? OF_NETWORK[textAt(causeOf(error), 'code') ?? ''];
  if (ofNetwork !== undefined) return { kind: ofNetwork };
  if (isBroken(error)) return { kind: 'failed' };
  const said = textAt(error, 'kind');
  const kind = said === undefined ? 'failed' : OF_KIND[said];
  if (kind !== 'busy' && kind !== 'throttled') return kind && { kind };
  const seconds = numberAt(error, 'retryAfterSeconds');
  return { kind, retryAfterMs: seconds === undefined ? undefined : seconds * 1_000 };
}

/** A call that broke on this side or on the way, of which nothing more is known: nobody over there has asked to be left alone. */
const isBroken = (error: unknown): boolean =>
  textAt(error, 'code') === 'upstream-unavailable' &&
  textAt(causeOf(error), 'code') !== undefined &&
  textAt(causeOf(error), 'kind') === undefined;

const fieldOf = (error: unknown, name: string): unknown =>
  typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[name] : undefined;
const causeOf = (error: unknown): unknown => fieldOf(error, 'cause');

function textAt(error: unknown, name: string): string | undefined {
  const value = fieldOf(error, name);
  return typeof value === 'string' ? value : undefined;
}

function numberAt(error: unknown, name: string): number | undefined {
  const value = fieldOf(error, name);
  return typeof value === 'number' ? value : undefined;
}
