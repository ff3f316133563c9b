import type { Queryable } from '@souk/outbox';
import type { StockLevel } from '../domain/stock.js';

/** Levels of the skus that are known, without a lock. */
export async function readLevels(db: Queryable, skus: readonly string[]): Promise<StockLevel[]> {
  const { rows } = await db.query<StockLevel>({
    name: 'stock-read',
    text: 'select sku, available, reserved, committed, version from stock where sku = any($1) order by sku',
    values: [skus],
  });
  return rows;
}
