import type { Figure } from '../tools/cli/src/shop/benchmark.ts';
import { figureOf } from './verdict.ts';

interface Unserved {
  /** Orders that were not accepted: what is refused costs nothing, and would make every other figure better. */
  readonly refused: number;
  readonly lost: number;
}

/** `pipeline.refused.<rate>` and `pipeline.lost.<rate>`; an accepted order is lost at no rate. */
export function unserved(rate: string, { refused, lost }: Unserved, bounds: { refusedGate?: number } = {}): Figure[] {
  const { refusedGate } = bounds;
  return [
    figureOf({
      name: `pipeline.refused.${rate}`,
      what: 'offered and not accepted',
      value: refused,
      unit: 'orders',
      ...(refusedGate !== undefined && { gate: refusedGate }),
    }),
    figureOf({
      name: `pipeline.lost.${rate}`,
      what: 'accepted and not confirmed',
      value: lost,
      unit: 'orders',
      gate: 0,
    }),
  ];
}
