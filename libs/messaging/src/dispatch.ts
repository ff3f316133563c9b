import type { Delivery } from '@souk/outbox';

/** Message type → what to do with the deliveries of that type. */
export interface DispatchTable {
  // eslint-disable-next-line -- the data type is the handler's own; the host has checked it against the topic's schema
  readonly [type: string]: (deliveries: Delivery<never>[]) => Promise<void>;
}

/** Splits into rounds in which each key occurs at most once; a key's deliveries keep their order over the rounds. */
export function rounds(deliveries: readonly Delivery[]): Delivery[][] {
  const seen = new Map<string, number>();
  const result: Delivery[][] = [];
  for (const delivery of deliveries) {
    const round = seen.get(delivery.key) ?? 0;
    seen.set(delivery.key, round + 1);
    (result[round] ??= []).push(delivery);
  }
  return result;
}

/**
 * Calls the table with as many deliveries at once as the order per key allows: one call per type and round.
 * Types without an entry are none of this consumer's business and are passed over.
 */
export async function dispatch(deliveries: readonly Delivery[], table: DispatchTable): Promise<void> {
  for (const round of rounds(deliveries)) {
    const byType = Map.groupBy(round, (delivery) => delivery.type);
    for (const [type, group] of byType) {
      if (Object.hasOwn(table, type)) await table[type]?.(group as Delivery<never>[]);
    }
  }
}
