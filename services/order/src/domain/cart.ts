import { OrderError } from './order.errors.js';
import type { Wish } from './pricing.js';

/** A row, not event-sourced. `version` counts changes and is never reset; 0 is a cart that was never written. */
export interface Cart {
  readonly version: number;
  readonly lines: readonly Wish[];
}

export interface CartLimits {
  readonly maxLines: number;
  readonly maxQuantity: number;
}

export const emptyCart: Cart = { version: 0, lines: [] };

/** @throws OrderError cart-version when the caller has not seen the latest cart */
export function assertVersion(cart: Cart, seen: number): void {
  if (cart.version !== seen)
    throw new OrderError('cart-version', `The cart is at version ${cart.version}, not ${seen}; read it again.`);
}

/** Lines of the same sku become one. @throws OrderError cart-full */
export function withLines(cart: Cart, lines: readonly Wish[], limits: CartLimits): Cart {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  const merged = [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
  const excess = merged.find(({ quantity }) => quantity > limits.maxQuantity);
  if (excess)
    throw new OrderError(
      'cart-full',
      `${excess.quantity} of ${excess.sku} are more than the ${limits.maxQuantity} that fit.`,
    );
  if (merged.length > limits.maxLines)
    throw new OrderError('cart-full', `A cart holds ${limits.maxLines} products at most.`);
  return { version: cart.version + 1, lines: merged };
}

export const withItem = (cart: Cart, item: Wish, limits: CartLimits): Cart =>
  withLines(cart, [...cart.lines, item], limits);
