import type { OrderEvent } from '../domain/order.js';

/** Raised when the shape of a private event changes; a stored event is never changed, `fromStored` lifts it instead. */
export const SCHEMA_VERSION = 1;

/** A row of order_events. `data` is the event without type and time. */
export interface StoredEvent {
  readonly version: number;
  readonly type: OrderEvent['type'];
  readonly schema_version: number;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export function toStored(event: OrderEvent, version: number): StoredEvent {
  const { type, at, ...data } = event;
  return { version, type, schema_version: SCHEMA_VERSION, at, data };
}

/** @throws Error for an event that was written by a newer release: guessing would corrupt the order */
export function fromStored({ type, schema_version, at, data }: StoredEvent): OrderEvent {
  if (schema_version > SCHEMA_VERSION)
    throw new Error(`event ${type} has schema version ${schema_version}, known is ${SCHEMA_VERSION}`);
  // The table is append-only and written by toStored alone, hence the cast.
  return { ...data, type, at: new Date(at).toISOString() } as OrderEvent;
}
