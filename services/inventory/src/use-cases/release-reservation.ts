import { type Decide, release } from '../domain/reservation.js';
import { type Answer, type LinesCommand, settle } from '../domain/settle.js';
import type { StockBook } from '../domain/stock-book.js';

/** Gives reserved stock back; a release without its reserve bars the reserve that may still come. */
export function releaseReservation(
  book: StockBook,
  commands: readonly LinesCommand[],
  decide: Decide = release,
): Answer[] {
  return commands.flatMap((command) => settle(book, command, decide));
}
