import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { type ProductState, topics } from '@souk/contracts';
import { RethrowFilter } from '@souk/messaging';
import type { Delivery, PgTx } from '@souk/outbox';
import { copyProducts } from '../persistence/product-copies.js';

/** Every event of a product carries its full state, whatever happened: the copy takes the newest. */
@Controller()
@UseFilters(RethrowFilter)
export class CatalogEventsConsumer {
  @EventPattern<string>(topics.catalogProducts.name)
  handle(@Payload() deliveries: Delivery<ProductState>[], @Ctx() tx: PgTx): Promise<void> {
    return copyProducts(
      tx,
      deliveries.map(({ data }) => data),
    );
  }
}
