import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type CartItemAdded, type ProductViewed, topics } from '@souk/contracts';
import { RethrowFilter } from '@souk/messaging';
import type { Delivery } from '@souk/outbox';
import type { Activity } from '../domain/activity.js';
import { ViewStore } from '../persistence/view-store.js';

type Happened = ProductViewed | CartItemAdded;

/** Only customers can ask what is for them, so what visitors do is not kept. */
@Controller()
@UseFilters(RethrowFilter)
export class ActivityConsumer {
  constructor(@Inject(ViewStore) private readonly views: ViewStore) {}

  @EventPattern<string>(topics.activity.name)
  async handle(@Payload() deliveries: Delivery<Happened>[]): Promise<void> {
    const byCustomers = deliveries.map(({ data }) => data).filter(({ actor }) => actor.type === 'customer');
    if (byCustomers.length === 0) return;
    const keyOf = await this.views.customerKeys();
    const byCustomer = Map.groupBy(byCustomers, ({ actor }) => keyOf(actor.id));
    const activities = [...byCustomer].map(([key, list]): [number, Activity[]] => [key, list.map(toActivity)]);
    await this.views.rememberActivity(new Map(activities));
  }
}

const toActivity = (happened: Happened): Activity => ({
  id: happened.activityId,
  at: Date.parse(happened.at),
  ...('sku' in happened ? { kind: 'carted', of: happened.sku } : { kind: 'viewed', of: happened.productId }),
});
