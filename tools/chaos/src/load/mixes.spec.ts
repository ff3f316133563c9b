import { describe, expect, it } from '@jest/globals';
import { randomOf } from '../history/random.ts';
import type { Visit } from '../run/observations.ts';
import { actOf, ACTS, plansOf, type Plan } from './mixes.ts';

const take = (seed: number, count: number, mix: 'shop' | 'browse' | 'pages' | 'orders' = 'shop'): Plan[] => {
  const plans = plansOf(mix, 8, randomOf(seed));
  return Array.from({ length: count }, () => plans.next().value);
};
const shareOf = (mix: 'shop' | 'browse' | 'pages' | 'orders', ...visits: Visit[]): number => {
  const dice = Array.from({ length: 1_000 }, (_, index) => index / 1_000);
  return dice.filter((one) => visits.includes(ACTS[actOf(mix, one)])).length / 10;
};

describe('the visits of a load', () => {
  it('are the same for the same seed, others for another one', () => {
    expect(take(7, 200)).toEqual(take(7, 200));
    expect(take(8, 200)).not.toEqual(take(7, 200));
  });

  it('are by all customers', () =>
    expect(new Set(take(1, 200).map(({ customer }) => customer))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7])));

  it('of a shop are 80 % looking around, 12 % carts, 6 % orders, 2 % changed minds', () => {
    expect(shareOf('shop', 'browse', 'page')).toBeCloseTo(80);
    expect(shareOf('shop', 'cart')).toBeCloseTo(12);
    expect(shareOf('shop', 'order')).toBeCloseTo(6);
    expect(shareOf('shop', 'cancel', 'return')).toBeCloseTo(2);
  });

  it('of the other mixes are of their kind alone', () => {
    expect(shareOf('browse', 'browse')).toBe(100);
    expect(shareOf('pages', 'page')).toBe(100);
    expect(shareOf('orders', 'order')).toBeCloseTo(75);
    expect(shareOf('orders', 'order', 'cancel', 'return', 'read')).toBe(100);
  });
});
