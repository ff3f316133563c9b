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

/** What a run of benchmarks ends with. A quick one stands for nothing, so it fails for nothing. */
export function benchResult(
  figures: Figure[],
  quick: boolean,
): { figures: Figure[]; missed: string[]; status: string } {
  const missed = missedGates(figures);
  return { figures, missed, status: missed.length > 0 && !quick ? 'failed' : 'ok' };
}

/** What a file `bench/<name>.bench.ts` exports as `benchmark`. */
export interface Benchmark {
  summary: string;
  /** Starts all that it needs: the shop may be down, and had better be. */
  isAlone?: true;
  run(ctx: ShopContext, options: BenchOptions): Promise<Figure[]>;
}

/** Not a number meets nothing. */
const meets = ({ value, atLeast }: Figure, bound: number): boolean => (atLeast ? value >= bound : value <= bound);

/** The names of the figures whose gate does not hold. */
export const missedGates = (figures: readonly Figure[]): string[] =>
  figures.flatMap((figure) => (figure.gate === undefined || meets(figure, figure.gate) ? [] : [figure.name]));

/** `value goal` as one line for people. */
export function renderFigure(figure: Figure): string {
  const { name, what, value, unit, gate, goal, atLeast } = figure;
  const sign = atLeast ? '≥' : '≤';
  const verdicts = Object.entries({ gate, goal }).flatMap(([kind, bound]) => {
    if (bound === undefined) return [];
    return [`${kind} ${sign} ${bound}: ${meets(figure, bound) ? 'met' : 'MISSED'}`];
  });
  const verdict = verdicts.length === 0 ? '' : `  (${verdicts.join(', ')})`;
  return `  ${name.padEnd(34)} ${value.toFixed(value < 10 ? 2 : 0).padStart(8)} ${unit.padEnd(8)} ${what}${verdict}`;
}
