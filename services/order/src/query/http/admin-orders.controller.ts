import { Controller, Get, Inject, Query } from '@nestjs/common';
import {
  dailyReportQuery,
  type DailyReportQuery,
  type DailySales,
  listAllOrdersQuery,
  type ListAllOrdersQuery,
  type OrderPage,
  type ProductSales,
  reportQuery,
  type ReportQuery,
} from '@souk/contracts';
import { Roles } from '@souk/http';
import { OrderLists } from '../persistence/order-lists.js';
import { SalesReports } from '../persistence/sales-reports.js';
import { AsOf } from '../views/as-of.js';
import { toListQuery, toPage } from './order-page.js';
import { rangeOf } from './report-range.js';

/** What the shop's people see: everybody's orders, and reports without persons. */
@Controller('admin')
@Roles('admin')
export class AdminOrdersController {
  constructor(
    @Inject(OrderLists) private readonly lists: OrderLists,
    @Inject(SalesReports) private readonly reports: SalesReports,
    @Inject(AsOf) private readonly asOf: AsOf,
  ) {}

  @Get('orders')
  async list(@Query({ schema: listAllOrdersQuery }) query: ListAllOrdersQuery): Promise<OrderPage> {
    const age = await this.asOf.age();
    return toPage(await this.lists.list(toListQuery(query)), age);
  }

  @Get('reports/products')
  async products(@Query({ schema: reportQuery }) query: ReportQuery): Promise<ProductSales> {
    const age = await this.asOf.age();
    const range = rangeOf(query, new Date());
    return { items: await this.reports.products(range, query.category), ...range, ...age };
  }

  @Get('reports/days')
  async days(@Query({ schema: dailyReportQuery }) query: DailyReportQuery): Promise<DailySales> {
    const age = await this.asOf.age();
    const range = rangeOf(query, new Date());
    return { items: await this.reports.days(range), ...range, ...age };
  }
}
