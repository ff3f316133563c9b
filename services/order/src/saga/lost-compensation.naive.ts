import type { Queryable } from '@souk/outbox';
import { type Advance, type ChangedOrder, OrderStore } from '../persistence/order-store.js';
import { answered, type OrderChange, type OrderStep } from './order-process.js';

const RELEASE = 'release-reservation.v1';

/**
 * The variant `saga-lost-compensation`: what must be undone is taken for undone, and nobody is told. It forgets the compensation of
 * the reservation: an order that is refused or cancelled ends well, and its stock stays reserved until the reservation runs out.
 */
export class ForgetfulOrderStore extends OrderStore {
  override advance(db: Queryable, advances: readonly Advance[], now: Date): Promise<ChangedOrder[]> {
    return super.advance(
      db,
      advances.map((advance) => ({ ...advance, step: forgetful(advance.step) })),
      now,
    );
  }
}

/** The step without the release, and with the answer that the release would have had. */
export const forgetful =
  (step: OrderStep): OrderStep =>
  (record, now) => {
    const change = step(record, now);
    const release = change?.commands.find(({ type }) => type === RELEASE);
    if (change === undefined || release === undefined) return change;
    const { lines } = release.data as { lines: readonly { sku: string }[] };
    const reply = { type: 'stock.reservation-released.v1', parts: lines.map(({ sku }) => sku) };
    const silent = { ...change, commands: change.commands.filter((command) => command !== release) };
    return joined(silent, answered(reply)(change.record, now));
  };

function joined(first: OrderChange, second: OrderChange | undefined): OrderChange {
  if (second === undefined) return first;
  const call = second.call ?? first.call;
  return {
    record: second.record,
    events: [...first.events, ...second.events],
    commands: [...first.commands, ...second.commands],
    ...(call && { call }),
  };
}
