import { Controller, Inject, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { type MessagesOf, topics } from '@souk/contracts';
import { RethrowFilter } from '@souk/messaging';
import { causedBy, type Delivery, type PgTx } from '@souk/outbox';
import type { Reply } from '@souk/saga';
import type { Advance } from '../persistence/order-store.js';
import { answered } from '../saga/order-process.js';
import { AdvanceOrders } from '../use-cases/advance-orders.js';
import { ChangedOrders } from './changed-orders.js';

type Reservations = MessagesOf<typeof topics.inventoryReservations>;
type Answer = Delivery<Reservations[keyof Reservations]>;

/** The answers of inventory. All of a batch go to the store at once: it locks their orders in one go and keeps their order. */
@Controller()
@UseFilters(RethrowFilter)
export class InventoryEventsConsumer {
  constructor(
    @Inject(AdvanceOrders) private readonly orders: AdvanceOrders,
    @Inject(ChangedOrders) private readonly changed: ChangedOrders,
  ) {}

  @EventPattern<string>(topics.inventoryReservations.name)
  async handle(@Payload() deliveries: Answer[], @Ctx() tx: PgTx): Promise<void> {
    this.changed.add(await this.orders.within(tx, deliveries.map(toAdvance)));
  }
}

const toAdvance = (delivery: Answer): Advance => ({
  orderId: delivery.data.orderId,
  step: answered(toReply(delivery)),
  cause: { ...causedBy(delivery), actor: 'service/inventory' },
});

/** The step table of the saga says what each type means; here only inventory's words become ours. */
function toReply({ type, data }: Answer): Reply {
  const parts = data.lines.map(({ sku }) => sku);
  if (!('reason' in data)) return { type, parts };
  return { type, parts, reason: data.reason === 'expired' ? 'reservation-expired' : data.reason };
}
