/** Every refusal of this service: the code is API, the message is not. */
export const orderErrors = {
  'order-not-found': { kind: 'not-found', message: 'There is no such order.' },
  'order-not-cancellable': { kind: 'conflict', message: 'This order cannot be cancelled.' },
  'order-not-shippable': { kind: 'conflict', message: 'This order cannot be shipped.' },
  'order-not-returnable': { kind: 'conflict', message: 'This order cannot be returned.' },
  'return-window-over': { kind: 'conflict', message: 'This order can no longer be returned.' },
  'order-state': { kind: 'conflict', message: 'The order is in another state.' },
  'saga-not-parked': { kind: 'conflict', message: 'The saga needs nobody: it goes on by itself, or has ended.' },
  'unknown-product': { kind: 'not-found', message: 'There is no such product.' },
  'product-retired': { kind: 'conflict', message: 'This product is no longer sold.' },
  'price-changed': { kind: 'conflict', message: 'The total is another one now.' },
  'mixed-currencies': { kind: 'unprocessable', message: 'All lines of an order must have the same currency.' },
  'order-too-large': { kind: 'unprocessable', message: 'The total is larger than an order may be.' },
  'cart-empty': { kind: 'conflict', message: 'The cart is empty.' },
  'cart-version': { kind: 'conflict', message: 'The cart has changed since; read it again.' },
  'cart-full': { kind: 'unprocessable', message: 'The cart cannot hold that much.' },
  'idempotency-key-reused': { kind: 'unprocessable', message: 'This Idempotency-Key was used with another request.' },
} as const;

export type OrderErrorCode = keyof typeof orderErrors;

/** `detail` replaces the general message; `errors` points at fields of the request. */
export class OrderError extends Error {
  override readonly name = 'OrderError';
  readonly kind: (typeof orderErrors)[OrderErrorCode]['kind'];

  constructor(
    readonly code: OrderErrorCode,
    readonly detail: string = orderErrors[code].message,
    readonly errors?: readonly { readonly path: string; readonly message: string }[],
  ) {
    super(orderErrors[code].message);
    this.kind = orderErrors[code].kind;
  }
}
