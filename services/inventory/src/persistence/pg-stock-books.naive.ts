import type { StockStatements } from './pg-stock-books.js';

/**
 * The variant `stock-read-then-write`: stock is read without a lock, and what is left is computed here and written back as a total.
 * It forgets that somebody else may do the same in between: of two that overlap, the second undoes what the first took, and units
 * are sold twice. Every single write passes the checks of the table.
 */
export const readThenWrite: StockStatements = {
  read: 'select sku, available, reserved, committed, version from stock where sku = any($1) order by sku',
  move: `update stock s
    set available = t.available, reserved = t.reserved, committed = t.committed, version = t.version
    from json_to_recordset($1::json) as t(sku text, available bigint, reserved bigint, committed bigint, version bigint)
    where s.sku = t.sku`,
  rowOf: ({ after }) => after,
};
