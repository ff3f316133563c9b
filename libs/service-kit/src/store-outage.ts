import { CodedError } from '@souk/http';
import { isTransient } from '@souk/outbox';

const STATEMENT_TIMEOUT = '57014';

/** A database that is away or busy is no bug: the caller may try again, with the same Idempotency-Key. */
export function storeOutage(error: unknown): CodedError | undefined {
  const tooSlow = error instanceof Error && 'code' in error && error.code === STATEMENT_TIMEOUT;
  if (!tooSlow && !isTransient(error)) return undefined;
  return new CodedError('unavailable', 'store-unavailable', 'The store of this service cannot be reached.', {
    retryAfterSeconds: 1,
  });
}
