/** Numbers in [0, 1) that are the same for the same seed: mulberry32 (public domain, Tommy Ettinger). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The seed to run with: SOUK_SEED or SEED, or a new one. Whoever uses it prints it. */
export function chooseSeed(given = process.env['SOUK_SEED'] ?? process.env['SEED']): number {
  return given === undefined || given === '' ? Math.floor(Math.random() * 1_000_000) : Number(given);
}

/** A copy in an order of its own (Fisher–Yates). */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items];
  for (let last = copy.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
  }
  return copy;
}
