import { Controller, Inject, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { type MessagesOf, topics } from '@souk/contracts';
import { RethrowFilter } from '@souk/messaging';
import { type Delivery, only, type PgTx } from '@souk/outbox';
import { StockBooks } from '../persistence/stock-books.js';
import { returnStock } from '../use-cases/return-stock.js';
import { answerTo, scopeOf } from './answers.js';

/** What of an order's life makes sold stock come back. The rest of it opens no transaction. */
export const undoneOrders = only(topics.orderEvents, 'order.cancelled.v1', 'order.return-requested.v1');

type UndoneOrders = MessagesOf<typeof undoneOrders>;

/** Choreographed part of a cancellation or return: order tells that a paid order is undone, inventory puts its stock back. */
@Controller()
@UseFilters(RethrowFilter)
export class OrderEventsConsumer {
  constructor(@Inject(StockBooks) private readonly books: StockBooks) {}

  @EventPattern<string>(topics.orderEvents.name)
  async handle(@Payload() deliveries: Delivery<UndoneOrders[keyof UndoneOrders]>[], @Ctx() tx: PgTx): Promise<void> {
    const owed = deliveries.filter(({ data }) => data.outstanding?.stock === true);
    if (owed.length === 0) return;
    await this.books.update(tx, scopeOf(owed), async (book) =>
      answerTo(
        owed,
        returnStock(
          book,
          owed.map(({ data }) => data),
        ),
        book.now,
      ),
    );
  }
}
