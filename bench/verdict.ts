import type { Figure } from '../tools/cli/src/shop/benchmark.ts';

/** A figure, rounded to what it can carry. */
export function figureOf(measured: Omit<Figure, 'rounds'> & { rounds?: number }): Figure {
  return { rounds: 1, ...measured, value: Math.round(measured.value * 1_000) / 1_000 };
}
