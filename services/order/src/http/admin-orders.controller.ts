import { Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { PublicOrder } from '@souk/contracts';
import { CurrentUser, type Principal, Roles } from '@souk/http';
import { ShipOrder } from '../use-cases/ship-order.js';
import { orderId } from './order-id.js';

/** What the shop's people do to orders. */
@Controller('admin/orders')
@Roles('admin')
export class AdminOrdersController {
  constructor(@Inject(ShipOrder) private readonly shipOrder: ShipOrder) {}

  @Post(':id/ship')
  @HttpCode(202)
  ship(@CurrentUser() user: Principal, @Param('id', { schema: orderId }) id: string): Promise<PublicOrder> {
    return this.shipOrder.execute(id, user);
  }
}
