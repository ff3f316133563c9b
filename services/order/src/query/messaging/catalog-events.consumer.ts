import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type ProductState, topics } from '@souk/contracts';
import { RethrowFilter } from '@souk/messaging';
import type { Delivery } from '@souk/outbox';
import { Projector } from '../views/projector.js';

/** Names and categories for the reports. */
@Controller()
@UseFilters(RethrowFilter)
export class CatalogEventsConsumer {
  constructor(@Inject(Projector) private readonly projector: Projector) {}

  @EventPattern<string>(topics.catalogProducts.name)
  handle(@Payload() deliveries: Delivery<ProductState>[]): Promise<void> {
    return this.projector.projectProducts(deliveries.map(({ data }) => data));
  }
}
