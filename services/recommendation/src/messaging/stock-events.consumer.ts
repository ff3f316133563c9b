import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type MessagesOf, topics } from '@souk/contracts';
import { RethrowFilter } from '@souk/messaging';
import type { Delivery } from '@souk/outbox';
import { ViewStore } from '../persistence/view-store.js';
import { MarketFollower } from '../views/market-follower.js';

type StockEvents = MessagesOf<typeof topics.inventoryStock>;

/** Of a level only this matters here: whether something is left. */
@Controller()
@UseFilters(RethrowFilter)
export class StockEventsConsumer {
  constructor(
    @Inject(ViewStore) private readonly views: ViewStore,
    @Inject(MarketFollower) private readonly follower: MarketFollower,
  ) {}

  @EventPattern<string>(topics.inventoryStock.name)
  async handle(@Payload() deliveries: Delivery<StockEvents[keyof StockEvents]>[]): Promise<void> {
    const levels = deliveries.map(({ data: { sku, available }, aggregateVersion = 0 }) => ({
      _id: sku,
      version: aggregateVersion,
      soldOut: available === 0,
    }));
    if (await this.views.saveStock(levels)) this.follower.wake();
  }
}
