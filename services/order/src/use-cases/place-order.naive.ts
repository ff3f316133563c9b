import { PlaceOrder, type PlaceOrderCommand, type PlaceOrderParts } from './place-order.js';

/**
 * The variant `order-no-idempotency`: every request is a new one. It forgets that a client whose connection broke must ask again
 * and cannot know whether it was heard: it gets a second order, and pays for both.
 */
export class KeylessPlaceOrder extends PlaceOrder {
  readonly #newId: () => string;

  constructor(parts: PlaceOrderParts) {
    super(parts);
    this.#newId = parts.newId;
  }

  override execute(command: PlaceOrderCommand): ReturnType<PlaceOrder['execute']> {
    return super.execute({ ...command, idempotencyKey: this.#newId() });
  }
}
