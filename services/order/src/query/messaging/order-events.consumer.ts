import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type PublicOrder, topics } from '@souk/contracts';
import { failpoint } from '@souk/failpoints';
import { RethrowFilter } from '@souk/messaging';
import type { Delivery } from '@souk/outbox';
import { AFTER_PROJECT, BEFORE_PROJECT } from '../failpoints.js';
import { Projector } from '../views/projector.js';

/** Every order event carries the full public order, so all types are one: the newest version is the order. */
@Controller()
@UseFilters(RethrowFilter)
export class OrderEventsConsumer {
  constructor(@Inject(Projector) private readonly projector: Projector) {}

  @EventPattern<string>(topics.orderEvents.name)
  async handle(@Payload() deliveries: Delivery<PublicOrder>[]): Promise<void> {
    await failpoint(BEFORE_PROJECT);
    await this.projector.project(deliveries.map(({ data }) => data));
    await failpoint(AFTER_PROJECT);
  }
}
