/** Carries `code` and `kind` in the shape that the problem filter of @souk/http understands. */
export class FaultError extends Error {
  override readonly name = 'FaultError';

  constructor(
    readonly kind: 'timeout' | 'unavailable' | 'cancelled',
    readonly code: 'upstream-timeout' | 'upstream-unavailable' | 'upstream-overloaded' | 'call-cancelled',
    message: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}

const FAULTS: ReadonlySet<unknown> = new Set(['unavailable', 'timeout', 'internal']);

/** A fault says something about the health of the other side; a refusal (not found, conflict …) is a healthy answer. */
export function isFault(error: unknown): boolean {
  const kind = error instanceof Error && 'kind' in error ? error.kind : undefined;
  return kind === undefined || FAULTS.has(kind);
}
