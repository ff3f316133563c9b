import type { KnownReservation, Reservation } from '../domain/reservation.js';
import { StockBook } from '../domain/stock-book.js';
import type { StockLevel } from '../domain/stock.js';

export const NOON = new Date('2030-06-01T12:00:00.000Z');
export const QUARTER_PAST = new Date('2030-06-01T12:15:00.000Z');

/** Orders with memorable ids: orderNo(7) ends in …0007. */
export const orderNo = (n: number): string => `0197a000-0000-7000-8000-${String(n).padStart(12, '0')}`;

export const aLevel = (sku: string, available: number, reserved = 0, committed = 0): StockLevel => ({
  sku,
  available,
  reserved,
  committed,
  version: 1,
});

export const aLine = <S extends Exclude<KnownReservation['state'], 'rejected'>>(state: S, quantity = 2) => ({
  state,
  quantity,
  expiresAt: QUARTER_PAST,
});

export const aRejection = (reason: 'out-of-stock' | 'unknown-sku' | 'expired' = 'expired'): Reservation => ({
  state: 'rejected',
  quantity: 2,
  reason,
  short: null,
});

export const aBook = (levels: StockLevel[], now: Date = NOON): StockBook => new StockBook(now, levels, []);

/** The book that the next transaction would load after this one's changes were written. */
export function nextBook(book: StockBook, known: StockBookRows, now: Date = book.now): [StockBook, StockBookRows] {
  const { levels, lines } = book.changes();
  const changedSkus = new Set(levels.map(({ after }) => after.sku));
  const changedLines = new Set(lines.map(({ orderId, sku }) => `${orderId} ${sku}`));
  const rows = {
    levels: [...known.levels.filter(({ sku }) => !changedSkus.has(sku)), ...levels.map(({ after }) => after)],
    lines: [...known.lines.filter(({ orderId, sku }) => !changedLines.has(`${orderId} ${sku}`)), ...lines],
  };
  return [new StockBook(now, rows.levels, rows.lines), rows];
}

export interface StockBookRows {
  readonly levels: StockLevel[];
  readonly lines: { readonly orderId: string; readonly sku: string; readonly line: KnownReservation }[];
}
