import type { ShopContext } from './context.ts';

/** One measured value with what it is measured against; `gate` and `goal` are bounds in the same unit. */
export interface Figure {
  /** Stable id, for example `order.placed-to-confirmed.p50`. */
  name: string;
  what: string;
  value: number;
  unit: string;
  /** What must hold. */
  gate?: number;
  /** What is aimed at; missing it wants an explanation. */
  goal?: number;
  /** The bounds are lower ones. */
  atLeast?: true;
  rival?: string;
  ratio?: number;
  rounds: number;
}

export interface BenchOptions {
  /** Orders a second; only where it applies. */
  rate: number;
  /** Measured seconds, without the warm-up. */
  seconds: number;
  /** A look only: shorter rounds, fewer of them; its figures stand for nothing. */
  quick: boolean;
  /** Tells people what is going on. */
  say: (line: string) => void;
}

/** What a file `bench/<name>.bench.ts` exports as `benchmark`. */
export interface Benchmark {
  summary: string;
  run(ctx: ShopContext, options: BenchOptions): Promise<Figure[]>;
}

/** `value goal` as one line for people. */
export function renderFigure({ name, what, value, unit, gate, goal, atLeast }: Figure): string {
  const sign = atLeast ? '≥' : '≤';
  const verdicts = Object.entries({ gate, goal }).flatMap(([kind, bound]) => {
    if (bound === undefined) return [];
    const met = atLeast ? value >= bound : value <= bound;
    return [`${kind} ${sign} ${bound}: ${met ? 'met' : 'MISSED'}`];
  });
  const verdict = verdicts.length === 0 ? '' : `  (${verdicts.join(', ')})`;
  return `  ${name.padEnd(34)} ${value.toFixed(value < 10 ? 2 : 0).padStart(8)} ${unit.padEnd(8)} ${what}${verdict}`;
}
