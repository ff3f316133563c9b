/**
 * A market with known tastes, drawn from a seed: each order begins with one product (its anchor, by a skewed popularity), adds each of
 * the anchor's partners with the chance planted for the pair, and some products by popularity alone. Given the anchor the
 * rest is independent, so the chance that two products share an order, and with it the best possible answer, is a sum.
 */
export interface MarketPlan {
  readonly products: number;
  readonly partners: number;
  readonly seed: number;
}

export interface SyntheticMarket {
  /** The items of the next order. */
  draw(): number[];
  /** The `k` products most likely to share an order with `item`, best first: no recommender can hit more. */
  optimum(item: number, k: number): number[];
  readonly planted: ReadonlyMap<number, readonly number[]>;
}

/** Mulberry32: small, seeded, good enough for a market. */
export function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How likely the partners of a product are bought with it, the dearest first. */
const PLANTED = [0.45, 0.35, 0.3, 0.25, 0.2, 0.15, 0.12, 0.1];
/** Products bought for no reason but their popularity, an order, on average. */
const NOISE = 0.5;

export function syntheticMarket({ products, partners, seed }: MarketPlan): SyntheticMarket {
  const random = generator(seed);
  const popularity = skewed(products, random);
  const cumulative = sums(popularity);
  const pick = (): number => Math.min(products - 1, firstAbove(cumulative, random()));
  const planted = new Map(
    Array.from({ length: products }, (_, item) => [item, others(item, partners, products, random)]),
  );
  const chance = chances(popularity, planted);
  return {
    planted,
    draw: () => {
      const anchor = pick();
      const basket = new Set([anchor]);
      planted.get(anchor)?.forEach((partner, rank) => random() < (PLANTED[rank] ?? 0) && basket.add(partner));
      for (let count = poisson(NOISE, random); count > 0; count--) basket.add(pick());
      return [...basket];
    },
    optimum: (item, k) => {
      const together = popularity.map((_, other) => (other === item ? -1 : shared(popularity, chance, item, other)));
      return topOf(together, k);
    },
  };
}

/** The `k` indexes with the largest values. */
export const topOf = (values: readonly number[], k: number): number[] =>
  values
    .map((value, index) => ({ value, index }))
    .toSorted((a, b) => b.value - a.value)
    .slice(0, k)
    .map(({ index }) => index);

/** Knuth's method. Of a Poisson number of picks each product gets its own share independently, which keeps the optimum exact. */
function poisson(mean: number, random: () => number): number {
  let count = 0;
  for (let product = random(); product > Math.exp(-mean); product *= random()) count++;
  return count;
}

/** Zipf with exponent 0.4 over a random order of the products. */
function skewed(products: number, random: () => number): number[] {
  const ranks = topOf(
    Array.from({ length: products }, () => random()),
    products,
  );
  const weights = ranks.map((rank) => (rank + 1) ** -0.4);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function sums(values: readonly number[]): Float64Array {
  const result = new Float64Array(values.length);
  values.reduce((sum, value, index) => (result[index] = sum + value), 0);
  return result;
}

function firstAbove(cumulative: Float64Array, value: number): number {
  let [low, high] = [0, cumulative.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cumulative[middle] ?? 1) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

function others(item: number, count: number, products: number, random: () => number): number[] {
  const chosen = new Set<number>();
  while (chosen.size < count) {
    const other = Math.floor(random() * products);
    if (other !== item) chosen.add(other);
  }
  return [...chosen];
}

/** [anchor][item]: the chance that an order of the anchor holds the item. */
function chances(popularity: readonly number[], planted: ReadonlyMap<number, readonly number[]>): Float64Array[] {
  return popularity.map((_, anchor) => {
    const row = Float64Array.from(popularity, (share) => 1 - Math.exp(-NOISE * share));
    planted.get(anchor)?.forEach((partner, rank) => {
      row[partner] = 1 - (1 - (PLANTED[rank] ?? 0)) * (1 - (row[partner] ?? 0));
    });
    row[anchor] = 1;
    return row;
  });
}

const shared = (popularity: readonly number[], chance: readonly Float64Array[], item: number, other: number): number =>
  popularity.reduce(
    (sum, share, anchor) => sum + share * (chance[anchor]?.[item] ?? 0) * (chance[anchor]?.[other] ?? 0),
    0,
  );
