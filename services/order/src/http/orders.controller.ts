import { Readable } from 'node:stream';
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { getOrderQuery, type OrderHistory, orderHistoryQuery, placeOrder, type PublicOrder } from '@souk/contracts';
import type { PlaceOrder as PlaceOrderBody } from '@souk/contracts';
import { CurrentUser, parseIdempotencyKey, type Principal } from '@souk/http';
import type { z } from 'zod';
import { CancelOrder } from '../use-cases/cancel-order.js';
import { GetOrder } from '../use-cases/get-order.js';
import { PlaceOrder } from '../use-cases/place-order.js';
import { ReturnOrder } from '../use-cases/return-order.js';
import { WatchOrder } from '../use-cases/watch-order.js';
import { historyAt, historyOf } from '../views/order-history.js';
import { orderId } from './order-id.js';
import { toServerSentEvents } from './server-sent-events.js';

/** What of Fastify's reply is used here. */
interface Reply {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
  send(body: unknown): Reply;
}

@Controller('orders')
export class OrdersController {
  constructor(
    @Inject(PlaceOrder) private readonly placeOrder: PlaceOrder,
    @Inject(GetOrder) private readonly getOrder: GetOrder,
    @Inject(CancelOrder) private readonly cancelOrder: CancelOrder,
    @Inject(ReturnOrder) private readonly returnOrder: ReturnOrder,
    @Inject(WatchOrder) private readonly watchOrder: WatchOrder,
  ) {}

  @Post()
  async place(
    @CurrentUser() user: Principal,
    @Headers('idempotency-key') key: string | undefined,
    @Body({ schema: placeOrder }) body: PlaceOrderBody,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<unknown> {
    const idempotencyKey = parseIdempotencyKey(key);
    const answer = await this.placeOrder.execute({ userId: user.sub, idempotencyKey, body });
    reply.status(answer.status).header('location', answer.body.links.self);
    return answer.body;
  }

  @Get(':id')
  async get(
    @CurrentUser() user: Principal,
    @Param('id', { schema: orderId }) id: string,
    @Query({ schema: getOrderQuery }) { wait }: z.infer<typeof getOrderQuery>,
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<PublicOrder | undefined> {
    const order = await this.getOrder.execute(id, user, 1_000 * Number.parseInt(wait ?? '0', 10));
    const etag = `"${order.version}"`;
    reply.header('etag', etag);
    if (known !== etag) return order;
    reply.status(304);
    return undefined;
  }

  @Post(':id/cancel')
  @HttpCode(202)
  cancel(@CurrentUser() user: Principal, @Param('id', { schema: orderId }) id: string): Promise<PublicOrder> {
    return this.cancelOrder.execute(id, user);
  }

  @Post(':id/return')
  @HttpCode(202)
  return(@CurrentUser() user: Principal, @Param('id', { schema: orderId }) id: string): Promise<PublicOrder> {
    return this.returnOrder.execute(id, user);
  }

  @Get(':id/history')
  async history(
    @CurrentUser() user: Principal,
    @Param('id', { schema: orderId }) id: string,
    @Query({ schema: orderHistoryQuery }) { at }: z.infer<typeof orderHistoryQuery>,
  ): Promise<OrderHistory> {
    const facts = await this.getOrder.facts(id, user);
    const past = at === undefined ? { events: historyOf(facts, user) } : historyAt(facts, user, at);
    return { orderId: id, ...past };
  }

  @Get(':id/stream')
  async stream(
    @CurrentUser() user: Principal,
    @Param('id', { schema: orderId }) id: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: Reply,
  ): Promise<void> {
    await this.getOrder.find(id, user);
    const seen = Math.max(0, Number.parseInt(lastEventId ?? '0', 10) || 0);
    const events = this.watchOrder.execute(id, user, seen);
    reply
      .header('content-type', 'text/event-stream')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no');
    reply.send(Readable.from(toServerSentEvents(events), { objectMode: false }));
  }
}
