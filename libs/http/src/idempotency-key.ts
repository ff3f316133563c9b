import { CodedError } from './coded-error.js';

/**
 * The value of an `Idempotency-Key` header: 1–255 visible ASCII characters.
 * @throws CodedError 400 `idempotency-key-missing` or `idempotency-key-invalid`
 */
export function parseIdempotencyKey(header: string | string[] | undefined): string {
  if (header === undefined || header === '') {
    throw new CodedError(
      'invalid',
      'idempotency-key-missing',
      'Send an Idempotency-Key header, a new one for every new wish.',
    );
  }
  if (typeof header !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(header)) {
    throw new CodedError(
      'invalid',
      'idempotency-key-invalid',
      'An Idempotency-Key is one value of 1 to 255 visible ASCII characters.',
    );
  }
  return header;
}
