/** Units of one sku. `version` counts the transactions that changed the row. */
export interface StockLevel {
  readonly sku: string;
  readonly available: number;
  readonly reserved: number;
  readonly committed: number;
  readonly version: number;
}

export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

export type Buckets = Pick<StockLevel, 'available' | 'reserved' | 'committed'>;

/** Where the units of a movement come from (-1) and go to (+1): stock moves between buckets, only a receipt adds any. */
export const movements = {
  reserve: { available: -1, reserved: 1, committed: 0 },
  commit: { available: 0, reserved: -1, committed: 1 },
  release: { available: 1, reserved: -1, committed: 0 },
  expire: { available: 1, reserved: -1, committed: 0 },
  return: { available: 1, reserved: 0, committed: -1 },
} as const satisfies Record<string, Buckets>;
export type Movement = keyof typeof movements;

/** The level after `quantity` units took the movement. @throws when a bucket would become negative */
export function move(level: StockLevel, kind: Movement, quantity: number): StockLevel {
  const sign = movements[kind];
  const next = {
    ...level,
    available: level.available + sign.available * quantity,
    reserved: level.reserved + sign.reserved * quantity,
    committed: level.committed + sign.committed * quantity,
  };
  if (Math.min(next.available, next.reserved, next.committed) < 0) {
    throw new Error(`${kind} of ${quantity} × ${level.sku} would leave a negative level`);
  }
  return next;
}

/** One line per sku, quantities added up, in sku order. */
export function mergeLines(lines: readonly Line[]): Line[] {
  const total = new Map<string, number>();
  for (const { sku, quantity } of lines) total.set(sku, (total.get(sku) ?? 0) + quantity);
  return [...total].map(([sku, quantity]) => ({ sku, quantity })).sort((a, b) => (a.sku < b.sku ? -1 : 1));
}
