import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { orderNo } from '../test/inventory.mother.js';
import { allocate, type Allocation, type AllocationRequest } from './allocation.js';

const [ANN, BOB, CAT] = [orderNo(1), orderNo(2), orderNo(3)];
const wish = (orderId: string, ...lines: [sku: string, quantity: number][]): AllocationRequest => ({
  orderId,
  lines: lines.map(([sku, quantity]) => ({ sku, quantity })),
});
const granted = (orderId: string): Allocation => ({ orderId, granted: true });

describe('allocate', () => {
  it('serves orders in order of arrival until the stock is gone', () => {
    const stock = new Map([['MUG', 1]]);
    expect(allocate(stock, [wish(ANN, ['MUG', 1]), wish(BOB, ['MUG', 1])])).toEqual([
      granted(ANN),
      { orderId: BOB, granted: false, reason: 'out-of-stock', short: [{ sku: 'MUG', available: 0 }] },
    ]);
  });

  it('gives an order all of its lines or none', () => {
    const stock = new Map([
      ['MUG', 5],
      ['PEN', 1],
    ]);
    expect(allocate(stock, [wish(ANN, ['MUG', 5], ['PEN', 2]), wish(BOB, ['MUG', 5])])).toEqual([
      { orderId: ANN, granted: false, reason: 'out-of-stock', short: [{ sku: 'PEN', available: 1 }] },
      granted(BOB),
    ]);
  });

  it('leaves what was too little for a large order to a small one behind it', () => {
    const outcomes = allocate(new Map([['MUG', 3]]), [
      wish(ANN, ['MUG', 4]),
      wish(BOB, ['MUG', 3]),
      wish(CAT, ['MUG', 1]),
    ]);
    expect(outcomes.map((outcome) => outcome.granted)).toEqual([false, true, false]);
  });

  it('names an unknown sku as the reason, also when another line is short', () => {
    expect(allocate(new Map([['MUG', 0]]), [wish(ANN, ['MUG', 1], ['NOPE', 1])])).toEqual([
      {
        orderId: ANN,
        granted: false,
        reason: 'unknown-sku',
        short: [
          { sku: 'MUG', available: 0 },
          { sku: 'NOPE', available: 0 },
        ],
      },
    ]);
  });

  it('does not touch the levels it was given', () => {
    const stock = new Map([['MUG', 1]]);
    allocate(stock, [wish(ANN, ['MUG', 1])]);
    expect(stock).toEqual(new Map([['MUG', 1]]));
  });
});

const seed = Number(process.env['SOUK_SEED'] ?? process.env['SEED'] ?? Date.now() % 2 ** 31);

describe(`allocate, for any stock and any requests (random seed ${seed})`, () => {
  const sku = fc.constantFrom('AAA', 'BBB', 'CCC', 'DDD');
  const stocks = fc
    .uniqueArray(fc.tuple(sku, fc.nat(12)), { selector: ([name]) => name })
    .map((entries) => new Map(entries));
  const line = fc.record({ sku, quantity: fc.integer({ min: 1, max: 6 }) });
  const requests = fc
    .array(fc.uniqueArray(line, { selector: (each) => each.sku, minLength: 1 }), { maxLength: 12 })
    .map((wishes) => wishes.map((lines, i) => ({ orderId: orderNo(i), lines })));
  const holds = (check: (stock: Map<string, number>, wishes: AllocationRequest[]) => void): void =>
    fc.assert(fc.property(stocks, requests, check), { seed, numRuns: 500 });

  const taken = (wishes: AllocationRequest[], outcomes: Allocation[], name: string): number =>
    wishes
      .filter((_, i) => outcomes[i]?.granted)
      .flatMap(({ lines }) => lines)
      .filter((each) => each.sku === name)
      .reduce((sum, { quantity }) => sum + quantity, 0);

  it('never promises more than there is, and never an unknown sku', () =>
    holds((stock, wishes) => {
      const outcomes = allocate(stock, wishes);
      for (const name of ['AAA', 'BBB', 'CCC', 'DDD']) {
        expect(taken(wishes, outcomes, name)).toBeLessThanOrEqual(stock.get(name) ?? 0);
      }
    }));

  it('answers every request once, in order of arrival', () =>
    holds((stock, wishes) => {
      expect(allocate(stock, wishes).map(({ orderId }) => orderId)).toEqual(wishes.map(({ orderId }) => orderId));
    }));

  it('decides about a request without regard to those behind it', () =>
    holds((stock, wishes) => {
      const all = allocate(stock, wishes);
      wishes.forEach((_, i) => expect(allocate(stock, wishes.slice(0, i + 1))).toEqual(all.slice(0, i + 1)));
    }));

  it('conserves: after all requests exactly the rest can be had, and not one unit more', () =>
    holds((stock, wishes) => {
      const outcomes = allocate(stock, wishes);
      const rest = [...stock].map(([name, units]) => [name, units - taken(wishes, outcomes, name)] as [string, number]);
      const lastAnswer = (last: AllocationRequest) => allocate(stock, [...wishes, last]).at(-1)?.granted;
      expect(lastAnswer(wish(orderNo(99), ...rest))).toBe(true);
      for (const [name, units] of rest) expect(lastAnswer(wish(orderNo(99), [name, units + 1]))).toBe(false);
    }));

  it('refuses only what really lacks at that moment, with the true rest', () =>
    holds((stock, wishes) => {
      const outcomes = allocate(stock, wishes);
      outcomes.forEach((outcome, i) => {
        if (outcome.granted) return;
        expect(outcome.short.length).toBeGreaterThan(0);
        for (const { sku: name, available } of outcome.short) {
          const left = (stock.get(name) ?? 0) - taken(wishes.slice(0, i), outcomes.slice(0, i), name);
          expect(available).toBe(left);
          expect(wishes[i]?.lines.find((each) => each.sku === name)?.quantity).toBeGreaterThan(left);
        }
      });
    }));
});
