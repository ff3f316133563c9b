import { Controller, Get, Inject, Query } from '@nestjs/common';
import { type CustomerSummary, listOrdersQuery, type ListOrdersQuery, type OrderPage } from '@souk/contracts';
import { CurrentUser, type Principal } from '@souk/http';
import { OrderLists } from '../persistence/order-lists.js';
import { AsOf } from '../views/as-of.js';
import { toPage, toListQuery } from './order-page.js';

/** What customers see of their own. */
@Controller()
export class OwnOrdersController {
  constructor(
    @Inject(OrderLists) private readonly lists: OrderLists,
    @Inject(AsOf) private readonly asOf: AsOf,
  ) {}

  @Get('orders')
  async list(
    @CurrentUser() { sub }: Principal,
    @Query({ schema: listOrdersQuery }) query: ListOrdersQuery,
  ): Promise<OrderPage> {
    const age = await this.asOf.age();
    return toPage(await this.lists.list({ ...toListQuery(query), userId: sub }), age);
  }

  @Get('customers/me/summary')
  async summary(@CurrentUser() { sub }: Principal): Promise<CustomerSummary> {
    const age = await this.asOf.age();
    return { ...(await this.lists.summary(sub)), ...age };
  }
}
