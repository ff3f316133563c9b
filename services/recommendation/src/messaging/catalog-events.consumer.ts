import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type ProductState, topics } from '@souk/contracts';
import { RethrowFilter } from '@souk/messaging';
import type { Delivery } from '@souk/outbox';
import type { ProductDocument } from '../persistence/documents.js';
import { ViewStore } from '../persistence/view-store.js';
import { MarketFollower } from '../views/market-follower.js';

/** Every event of a product carries its full state, whatever happened. */
@Controller()
@UseFilters(RethrowFilter)
export class CatalogEventsConsumer {
  constructor(
    @Inject(ViewStore) private readonly views: ViewStore,
    @Inject(MarketFollower) private readonly follower: MarketFollower,
  ) {}

  @EventPattern<string>(topics.catalogProducts.name)
  async handle(@Payload() deliveries: Delivery<ProductState>[]): Promise<void> {
    await this.views.saveProducts(deliveries.map(({ data }) => toDocument(data)));
    this.follower.wake();
  }
}

const toDocument = ({ productId, version, sku, name, category, price, status }: ProductState): ProductDocument => ({
  _id: productId,
  version,
  sku,
  name,
  category,
  price,
  active: status === 'active',
});
