import { nothingToReturn } from '../domain/inventory.errors.js';
import { takeBack } from '../domain/reservation.js';
import { type Answer, type LinesCommand, settle } from '../domain/settle.js';
import type { StockBook } from '../domain/stock-book.js';

/** Puts sold stock of an order back on the shelf; what was not sold is answered with its state. @throws nothing-to-return */
export function returnStock(book: StockBook, commands: readonly LinesCommand[]): Answer[] {
  return commands.flatMap((command) => {
    const unknown = command.lines.some(({ sku }) => book.reservation(command.orderId, sku).state === 'none');
    if (unknown) throw nothingToReturn(command.orderId);
    return settle(book, command, takeBack);
  });
}
