import { commit, type Decide } from '../domain/reservation.js';
import { type Answer, type LinesCommand, settle } from '../domain/settle.js';
import type { StockBook } from '../domain/stock-book.js';

/** Turns live reservations into sold stock; what cannot be committed is refused with the reason. */
export function commitReservation(
  book: StockBook,
  commands: readonly LinesCommand[],
  decide: Decide = commit,
): Answer[] {
  return commands.flatMap((command) => settle(book, command, decide));
}
