import { describe, expect, it } from '@jest/globals';
import type { HttpClient } from '@souk/http';
import type { Reply } from '@souk/saga';
import { details } from '../test/order.mother.js';
import { forgetful } from './lost-compensation.naive.js';
import { answered, type OrderRecord, type OrderStep, place } from './order-process.js';
import { aKeyEachTry } from './payment-keys.naive.js';

const NOON = new Date('2026-01-01T12:00:00Z');
const placed = place(details(), new Date(NOON.getTime() + 900_000), NOON).record;
const hears = (reply: Reply): OrderStep => forgetful(answered(reply));

describe('a saga that forgets to compensate', () => {
  it('is over with the refusal, and asks nobody to release anything', () => {
    const reserved = hears({ type: 'stock.reserved.v1' })(placed, NOON)?.record as OrderRecord;
    const declined = hears({ type: 'payment.declined' })(reserved, NOON);
    expect(declined).toMatchObject({ commands: [], record: { order: { status: 'rejected' } } });
    expect(answered({ type: 'payment.declined' })(reserved, NOON)).toMatchObject({
      commands: [{ type: 'release-reservation.v1' }],
      record: { order: { status: 'stock-reserved' } },
    });
  });

  it('otherwise does what it should', () => {
    const reply: Reply = { type: 'stock.reserved.v1' };
    expect(hears(reply)(placed, NOON)).toEqual(answered(reply)(placed, NOON));
  });
});

it('a payment call without a key of its own looks like a new one at each try', async () => {
  const keys: unknown[] = [];
  const http = {
    request: async ({ headers }: { headers?: Record<string, string> }) => void keys.push(headers?.['idempotency-key']),
  } as unknown as HttpClient;
  let tries = 0;
  const naive = aKeyEachTry(http, () => `key-${(tries += 1)}`);
  const call = {
    method: 'POST',
    path: '/payments/authorise',
    headers: { 'idempotency-key': 'order:authorise' },
  } as const;
  await naive.request(call);
  await naive.request(call);
  expect(keys).toEqual(['key-1', 'key-2']);
});
