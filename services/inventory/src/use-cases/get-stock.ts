import type { StockLevel } from '@souk/contracts';
import type pg from 'pg';
import { unknownSku } from '../domain/inventory.errors.js';
import { readLevels } from '../persistence/stock-levels.js';

/** The level of one sku. */
export class GetStock {
  constructor(private readonly pool: pg.Pool) {}

  /** @throws unknown-sku */
  async execute(sku: string): Promise<StockLevel> {
    const [level] = await readLevels(this.pool, [sku]);
    if (level === undefined) throw unknownSku(sku);
    const { available, reserved, committed } = level;
    return { sku, available, reserved, committed };
  }
}
