import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type PublicOrder, topics } from '@souk/contracts';
import { RethrowFilter } from '@souk/messaging';
import type { Delivery } from '@souk/outbox';
import type { BasketDocument } from '../persistence/documents.js';
import { ViewStore } from '../persistence/view-store.js';
import { MarketFollower } from '../views/market-follower.js';

/** Of all that happens to an order, what makes it a basket and what ends that. A rejected order never was one. */
const COUNTS: Readonly<Record<string, boolean>> = {
  'order.confirmed.v1': true,
  'order.shipped.v1': true,
  'order.cancelled.v1': false,
  'order.return-requested.v1': false,
  'order.refunded.v1': false,
};

@Controller()
@UseFilters(RethrowFilter)
export class OrderEventsConsumer {
  constructor(
    @Inject(ViewStore) private readonly views: ViewStore,
    @Inject(MarketFollower) private readonly follower: MarketFollower,
  ) {}

  @EventPattern<string>(topics.orderEvents.name)
  async handle(@Payload() deliveries: Delivery<PublicOrder>[]): Promise<void> {
    const keyOf = await this.views.customerKeys();
    await this.views.saveBaskets(deliveries.flatMap((delivery) => toBasket(delivery, keyOf)));
    this.follower.wake();
  }
}

/** One that was cancelled before it was confirmed is kept too: should its confirmation come late, it is the older one. */
function toBasket({ type, data: order }: Delivery<PublicOrder>, keyOf: (userId: string) => number): BasketDocument[] {
  const counts = COUNTS[type];
  if (counts === undefined) return [];
  const { orderId, version, userId, placedAt, lines } = order;
  const skus = [...new Set(lines.map(({ sku }) => sku))];
  return [{ _id: orderId, version, counts, customer: keyOf(userId), at: Date.parse(placedAt), skus }];
}
