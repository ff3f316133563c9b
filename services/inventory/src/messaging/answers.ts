import type { Delivery, OutgoingMessage } from '@souk/outbox';
import type { Answer, LinesCommand } from '../domain/settle.js';
import type { Scope } from '../persistence/stock-books.js';
import { reservationMessage } from './inventory-messages.js';

/** All rows that the deliveries can touch, known before any is handled: the locks are taken at once. */
export function scopeOf(deliveries: readonly Delivery<LinesCommand>[]): Scope {
  return {
    orderIds: [...new Set(deliveries.map(({ data }) => data.orderId))],
    skus: [...new Set(deliveries.flatMap(({ data }) => data.lines.map((line) => line.sku)))],
  };
}

/** The answers as messages, each caused by the delivery of its order; the key of a delivery is the order id. */
export function answerTo(batch: readonly Delivery[], answers: readonly Answer[], now: Date): OutgoingMessage[] {
  const causes = new Map(batch.map((delivery) => [delivery.key, delivery]));
  return answers.map((answer) => reservationMessage(answer, now, causes.get(answer.orderId)));
}
