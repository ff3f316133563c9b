import type { ShopContext } from './context.ts';

/** One measured value with what it is measured against; `goal` is an upper bound in the same unit. */
export interface Figure {
  /** Stable id, for example `order.placed-to-confirmed.p50`. */
  name: string;
  what: string;
  value: number;
  unit: string;
  goal?: number;
  rival?: string;
  ratio?: number;
  rounds: number;
}

export interface BenchOptions {
  /** Orders a second; only where it applies. */
  rate: number;
  /** Measured seconds, without the warm-up. */
  seconds: number;
  /** Tells people what is going on. */
  say: (line: string) => void;
}

/** What a file `bench/<name>.bench.ts` exports as `benchmark`. */
export interface Benchmark {
  summary: string;
  run(ctx: ShopContext, options: BenchOptions): Promise<Figure[]>;
}

/** `value goal` as one line for people. */
export function renderFigure({ name, what, value, unit, goal }: Figure): string {
  const verdict = goal === undefined ? '' : value <= goal ? `  (goal ≤ ${goal}: met)` : `  (goal ≤ ${goal}: MISSED)`;
  return `  ${name.padEnd(34)} ${value.toFixed(value < 10 ? 2 : 0).padStart(8)} ${unit.padEnd(8)} ${what}${verdict}`;
}
