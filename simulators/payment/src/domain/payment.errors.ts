type Kind = 'not-found' | 'conflict' | 'unprocessable' | 'unavailable';
type Code =
  | 'payment-not-found'
  | 'payment-state'
  | 'idempotency-key-reused'
  | 'idempotency-key-in-flight'
  | 'payment-unavailable';

/** Every refusal and fault of the simulator; codes are API. */
export class PaymentError extends Error {
  override readonly name = 'PaymentError';

  constructor(
    readonly kind: Kind,
    readonly code: Code,
    message: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}
