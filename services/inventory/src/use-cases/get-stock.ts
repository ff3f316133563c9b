import type { StockLevel, StockLevels } from '@souk/contracts';
import type pg from 'pg';
import { unknownSku } from '../domain/inventory.errors.js';
import { readLevels } from '../persistence/stock-levels.js';

/** Levels: of one sku, or of several at once. */
export class GetStock {
  constructor(private readonly pool: pg.Pool) {}

  /** @throws unknown-sku */
  async execute(sku: string): Promise<StockLevel> {
    const [level] = await readLevels(this.pool, [sku]);
    if (level === undefined) throw unknownSku(sku);
    return shown(level);
  }

  /** One question to the store, however many they are. Those that nobody received are left out. */
  async list(skus: readonly string[]): Promise<StockLevels> {
    const levels = await readLevels(this.pool, skus);
    return { items: levels.map(shown) };
  }
}

const shown = ({ sku, available, reserved, committed }: StockLevel): StockLevel => ({
  sku,
  available,
  reserved,
  committed,
});
