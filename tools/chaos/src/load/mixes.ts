import type { Load } from '../experiment/experiment.ts';
import type { Visit } from '../run/observations.ts';

/** What a visitor does; each is of one class of visits. */
export const ACTS = {
  list: 'browse',
  product: 'browse',
  'product-page': 'page',
  home: 'page',
  'fill-cart': 'cart',
  'look-into-cart': 'cart',
  'empty-cart': 'cart',
  order: 'order',
  cancel: 'cancel',
  return: 'return',
  'look-at-order': 'read',
  'list-orders': 'read',
} as const satisfies Readonly<Record<string, Visit>>;
export type Act = keyof typeof ACTS;

/** Shares in percent: of 100 visitors 80 look around, 12 have a cart, 6 order, 2 change their mind. The others are all of one thing. */
const MIXES: Readonly<Record<Load['mix'], Readonly<Partial<Record<Act, number>>>>> = {
  shop: {
    list: 25,
    product: 25,
    'product-page': 20,
    home: 10,
    'fill-cart': 7,
    'look-into-cart': 4,
    'empty-cart': 1,
    order: 6,
    cancel: 1.5,
    return: 0.5,
  },
  browse: { list: 45, product: 55 },
  pages: { 'product-page': 75, home: 25 },
  orders: { order: 75, cancel: 6, return: 2, 'look-at-order': 12, 'list-orders': 5 },
};

/** One visit before it is made: who comes, and what for. `which` and `many` in [0, 1) choose among what there is then. */
export interface Plan {
  readonly act: Act;
  readonly customer: number;
  readonly which: number;
  readonly many: number;
}

/** The visits of a mix, without an end; the same random numbers give the same visits in the same order. */
export function* plansOf(mix: Load['mix'], customers: number, random: () => number): Generator<Plan, never> {
  for (;;) {
    const act = actOf(mix, random());
    yield { act, customer: Math.floor(random() * customers), which: random(), many: random() };
  }
}

/** The act for a number in [0, 1). */
export function actOf(mix: Load['mix'], dice: number): Act {
  const shares = Object.entries(MIXES[mix]) as [Act, number][];
  let rest = dice * 100;
  for (const [act, share] of shares) {
    if (rest < share) return act;
    rest -= share;
  }
  return shares[0]?.[0] ?? 'list';
}
