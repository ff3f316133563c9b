import type { OrderEvent } from '../domain/order.js';

/** A row of order_events. `data` is the event without type and time. */
export interface StoredEvent {
  readonly version: number;
  readonly type: OrderEvent['type'];
  readonly schema_version: number;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event with who and what stands behind it; null where nobody wrote that down yet. */
export interface StoredFact extends StoredEvent {
  readonly actor: string | null;
  readonly correlation_id: string | null;
  readonly causation_id: string | null;
}

type Data = StoredEvent['data'];
type Upcaster = (data: Data) => Data;

/**
 * By type, what lifts the data of schema version 1 to 2, of 2 to 3 …; a stored event is never changed. Nothing is ever taken
 * away here: test/stored-events holds a row of every version there has been.
 */
const upcasters: Partial<Record<OrderEvent['type'], readonly Upcaster[]>> = {
  // Orders of before promised nothing of their own; what the shop granted everybody was 14 days.
  placed: [(data) => ({ ...data, returnDays: 14 })],
};

export const schemaVersionOf = (type: OrderEvent['type']): number => 1 + (upcasters[type]?.length ?? 0);

export function toStored(event: OrderEvent, version: number): StoredEvent {
  const { type, at, ...data } = event;
  return { version, type, schema_version: schemaVersionOf(type), at, data };
}

/** @throws Error for an event that was written by a newer release: guessing would corrupt the order */
export function fromStored({ type, schema_version, at, data }: StoredEvent): OrderEvent {
  const known = schemaVersionOf(type);
  if (schema_version > known) throw new Error(`event ${type} has schema version ${schema_version}, known is ${known}`);
  const steps = upcasters[type]?.slice(schema_version - 1) ?? [];
  // The table is append-only and written by toStored alone, hence the cast.
  return {
    ...steps.reduce<Data>((lifted, upcast) => upcast(lifted), data),
    type,
    at: new Date(at).toISOString(),
  } as OrderEvent;
}
