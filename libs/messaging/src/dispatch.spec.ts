import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dispatch, rounds } from './dispatch.js';
import type { Delivery } from '@souk/outbox';

const delivery = (key: string, type: string, offset: number): Delivery => ({
  topic: 't',
  partition: 0,
  offset: String(offset),
  key,
  id: `${key}-${offset}`,
  type,
  source: '/souk/test',
  time: '2026-01-01T00:00:00.000Z',
  data: {},
});

const seed = Number(process.env['SOUK_SEED'] ?? process.env['SEED'] ?? Date.now() % 2 ** 31);

describe('dispatch', () => {
  it('calls the table once a type when every key occurs once', async () => {
    const calls: string[][] = [];
    await dispatch([delivery('a', 'x', 0), delivery('b', 'x', 1), delivery('c', 'y', 2)], {
      x: async (batch) => void calls.push(batch.map((one) => one.key)),
      y: async (batch) => void calls.push(batch.map((one) => one.key)),
    });
    expect(calls).toEqual([['a', 'b'], ['c']]);
  });

  it('passes over types that the table does not name, also those of Object.prototype', async () => {
    await expect(dispatch([delivery('a', 'unknown', 0), delivery('a', 'toString', 1)], {})).resolves.toBeUndefined();
  });

  it(`keeps the order of every key whatever the mix of keys and types (seed ${seed})`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'y'))), async (mix) => {
        const deliveries = mix.map(([key, type], offset) => delivery(key, type, offset));
        const seen: Delivery[] = [];
        const record = async (batch: Delivery[]): Promise<void> => void seen.push(...batch);
        await dispatch(deliveries, { x: record, y: record });
        expect(seen).toHaveLength(deliveries.length);
        for (const key of ['a', 'b', 'c']) {
          const offsets = seen.filter((one) => one.key === key).map((one) => Number(one.offset));
          expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
        }
        expect(rounds(deliveries).flat()).toHaveLength(deliveries.length);
      }),
      { seed },
    );
  });
});
