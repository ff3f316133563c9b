const STEPS = [1, 2, 2.5, 5, 10];

/** Round numbers from `from` to the first that reaches `to`, with at most `atMost` steps between them. */
export function ticks(from: number, to: number, atMost: number): readonly number[] {
  const step = stepFor((to - from) / atMost);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.ceil(to / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => round((first + index) * step));
}

/** The smallest round number that is not below `least`. */
function stepFor(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return (STEPS.find((step) => step * power >= least * (1 - 1e-9)) ?? 10) * power;
}

/** 0.30000000000000004 is no round number. */
const round = (value: number): number => Number(value.toPrecision(12));
