import { Controller, Inject, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { type MessagesOf, topics } from '@souk/contracts';
import { dispatch, RethrowFilter } from '@souk/messaging';
import type { Delivery, OutgoingMessage, PgTx } from '@souk/outbox';
import { ReservationRules } from '../domain/reservation-rules.js';
import type { Answer } from '../domain/settle.js';
import { StockBooks } from '../persistence/stock-books.js';
import { commitReservation } from '../use-cases/commit-reservation.js';
import { releaseReservation } from '../use-cases/release-reservation.js';
import { reserveStock } from '../use-cases/reserve-stock.js';
import { returnStock } from '../use-cases/return-stock.js';
import { answerTo, scopeOf } from './answers.js';

type Commands = MessagesOf<typeof topics.inventoryCommands>;
type Command<T extends keyof Commands> = Delivery<Commands[T]>;

/** Commands about the stock of an order; all deliveries of a batch share one stock book and one transaction. */
@Controller()
@UseFilters(RethrowFilter)
export class InventoryCommandsConsumer {
  constructor(
    @Inject(StockBooks) private readonly books: StockBooks,
    @Inject(ReservationRules) private readonly rules: ReservationRules,
  ) {}

  @EventPattern<string>(topics.inventoryCommands.name)
  handle(@Payload() deliveries: Delivery<Commands[keyof Commands]>[], @Ctx() tx: PgTx): Promise<void> {
    return this.books.update(tx, scopeOf(deliveries), async (book) => {
      const messages: OutgoingMessage[] = [];
      const answer = async (batch: readonly Delivery[], answers: readonly Answer[]): Promise<void> => {
        messages.push(...answerTo(batch, answers, book.now));
      };
      await dispatch(deliveries, {
        'reserve-stock.v1': (batch: Command<'reserve-stock.v1'>[]) =>
          answer(
            batch,
            reserveStock(
              book,
              batch.map(({ data }) => ({ ...data, expiresAt: new Date(data.expiresAt) })),
            ),
          ),
        'commit-reservation.v1': (batch: Command<'commit-reservation.v1'>[]) =>
          answer(
            batch,
            commitReservation(
              book,
              batch.map(({ data }) => data),
              this.rules.commit,
            ),
          ),
        'release-reservation.v1': (batch: Command<'release-reservation.v1'>[]) =>
          answer(
            batch,
            releaseReservation(
              book,
              batch.map(({ data }) => data),
              this.rules.release,
            ),
          ),
        'return-stock.v1': (batch: Command<'return-stock.v1'>[]) =>
          answer(
            batch,
            returnStock(
              book,
              batch.map(({ data }) => data),
            ),
          ),
      });
      return messages;
    });
  }
}
