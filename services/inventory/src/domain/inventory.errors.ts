type Kind = 'not-found' | 'conflict';

/** A refused request; `code` is part of the API, the message is not. */
export class InventoryError extends Error {
  override readonly name = 'InventoryError';

  constructor(
    readonly kind: Kind,
    readonly code: string,
    readonly detail: string,
  ) {
    super(detail);
  }
}

export const unknownSku = (sku: string): InventoryError =>
  new InventoryError('not-found', 'unknown-sku', `No stock of ${sku} was ever received.`);

export const receiptConflict = (receiptId: string): InventoryError =>
  new InventoryError('conflict', 'receipt-conflict', `Receipt ${receiptId} was booked before with other lines.`);

/** Nothing true can be answered, so the message goes to the dead letters for a person to look at. */
export const nothingToReturn = (orderId: string): InventoryError =>
  new InventoryError('conflict', 'nothing-to-return', `Order ${orderId} has no reservation of these lines.`);
