import type { Line } from './stock.js';

/** A wish for stock; lines are unique by sku. */
export interface AllocationRequest {
  readonly orderId: string;
  readonly lines: readonly Line[];
}

export interface ShortLine {
  readonly sku: string;
  readonly available: number;
}

export type Allocation =
  | { readonly orderId: string; readonly granted: true }
  | {
      readonly orderId: string;
      readonly granted: false;
      readonly reason: 'out-of-stock' | 'unknown-sku';
      readonly short: readonly ShortLine[];
    };

/**
 * Who gets what of the stock there is: requests in order of arrival, first come first served, an order gets all of its
 * lines or none. An order that was too large leaves its stock to those behind it. A sku that is no key of `available` is unknown.
 */
export function allocate(available: ReadonlyMap<string, number>, requests: readonly AllocationRequest[]): Allocation[] {
  const left = new Map(available);
  return requests.map(({ orderId, lines }) => {
    const short = lines
      .filter(({ sku, quantity }) => (left.get(sku) ?? 0) < quantity)
      .map(({ sku }) => ({ sku, available: left.get(sku) ?? 0 }));
    if (short.length > 0) {
      const reason = short.every(({ sku }) => left.has(sku)) ? 'out-of-stock' : 'unknown-sku';
      return { orderId, granted: false, reason, short };
    }
    for (const { sku, quantity } of lines) left.set(sku, (left.get(sku) ?? 0) - quantity);
    return { orderId, granted: true };
  });
}
