import { allocate, type Allocation } from '../domain/allocation.js';
import { type KnownReservation, originalAnswer } from '../domain/reservation.js';
import { type Answer, type LinesCommand, settle } from '../domain/settle.js';
import type { Line } from '../domain/stock.js';
import type { StockBook } from '../domain/stock-book.js';

export interface ReserveStock extends LinesCommand {
  readonly expiresAt: Date;
}

/**
 * Reserves all lines of an order or none, in order of arrival. A repeat gets the answer it got before, and an order of which
 * a line is settled already (its release overtook the reserve) gets nothing more. An order id may occur once in `commands`.
 */
export function reserveStock(book: StockBook, commands: readonly ReserveStock[]): Answer[] {
  const timely = commands.filter((command) => isNew(book, command) && command.expiresAt > book.now);
  const allocations = new Map(allocate(book.available(), timely).map((allocation) => [allocation.orderId, allocation]));
  return commands.flatMap((command) => {
    const allocation = allocations.get(command.orderId);
    return settle(book, command, (line, wanted) => {
      const next = line.state === 'none' ? open(wanted, command.expiresAt, allocation) : line;
      return { next, answers: [originalAnswer(next)] };
    });
  });
}

const isNew = (book: StockBook, { orderId, lines }: ReserveStock): boolean =>
  lines.every(({ sku }) => book.reservation(orderId, sku).state === 'none');

/** The first state of a line; without an allocation the command came too late. */
function open({ sku, quantity }: Line, expiresAt: Date, allocation: Allocation | undefined): KnownReservation {
  if (allocation?.granted) return { state: 'live', quantity, expiresAt };
  if (allocation === undefined) return { state: 'rejected', quantity, reason: 'expired', short: null };
  const short = allocation.short.find((lacking) => lacking.sku === sku)?.available ?? null;
  return { state: 'rejected', quantity, reason: allocation.reason, short };
}
