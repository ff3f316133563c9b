import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { SagaDetails } from '@souk/contracts';
import { ApiClient } from '../api-client.ts';
import { renderDetails, renderIntervention, renderList } from './render.ts';
import { SagaClient } from './sagas.ts';

const ORDER = '0193f5b0-1a2b-7c3d-8e4f-5a6b7c8d9e0f';
const parked: SagaDetails = {
  orderId: ORDER,
  saga: 'place-order',
  state: 'parked',
  phase: 'forward',
  orderStatus: 'stock-committed',
  waitsFor: 'capture',
  attempts: 10,
  cause: 'no such payment',
  since: '2026-03-04T12:00:04.000Z',
  steps: [
    { name: 'reserve-stock', pivot: false, state: 'done', attempts: 1, parts: [{ name: 'CUP', forward: 'done' }] },
    {
      name: 'commit-reservation',
      pivot: true,
      state: 'asked',
      attempts: 6,
      parts: [{ name: 'CUP', forward: 'asked' }],
    },
  ],
  call: { operation: 'capture', state: 'error', attempts: 10 },
  byHand: ['capture payment 7 at the provider'],
  interventions: [{ at: '2026-03-04T12:05:00.000Z', actor: 'user/admin', action: 'retry', outcome: 'resubmitted' }],
  diagram: '',
};
const plain = (lines: string[]): string[] => lines.map(stripVTControlCharacters);

describe('souk saga shows', () => {
  it('what needs a person, why, and since when', () => {
    expect(plain(renderList({ items: [parked], total: 3 }, 'parked'))).toEqual([
      `  ✖ ${ORDER}  place-order forward, order stock-committed, waits for capture`,
      '      no such payment (10 times since 2026-03-04T12:00:04.000Z; nothing is tried any more)',
      '  … and 2 more',
    ]);
    expect(renderList({ items: [], total: 0 }, 'parked')).toEqual(['  no parked sagas']);
  });

  it('one saga step by step, with what is left to do by hand and who intervened', () => {
    expect(plain(renderDetails(parked)).slice(2)).toEqual([
      '      reserve-stock: done',
      '      commit-reservation [pivot]: asked (CUP), asked 6 times',
      '      call capture: error, failed 10 times',
      '      left for a person, if it is abandoned:',
      '        - capture payment 7 at the provider',
      '      2026-03-04T12:05:00.000Z user/admin: retry → resubmitted',
    ]);
  });

  it('what came of an intervention', () => {
    const said = (outcome: 'unchanged' | 'abandoned') =>
      plain(renderIntervention({ outcome, saga: parked })).join('\n');
    expect(said('unchanged')).toContain('left as it is');
    expect(said('abandoned')).toContain('- capture payment 7');
  });
});

describe('souk saga asks', () => {
  const client = (status: number, body: object) => {
    const asked: string[] = [];
    const fetchLike = async (url: unknown, init?: RequestInit) => {
      asked.push(`${init?.method} ${String(url)} ${String(init?.body)}`);
      return new Response(JSON.stringify(body), { status });
    };
    const shop = { instance: 'default', gatewayUrl: 'http://shop', token: async () => 't' };
    return { asked, sagas: new SagaClient(shop, new ApiClient(shop.gatewayUrl, shop.instance, fetchLike)) };
  };

  it('the public API', async () => {
    const { asked, sagas } = client(202, { outcome: 'abandoned', saga: parked });
    expect((await sagas.abandon(ORDER, 'paid in cash')).outcome).toBe('abandoned');
    expect(asked).toEqual([`POST http://shop/api/admin/sagas/${ORDER}/abandon {"reason":"paid in cash"}`]);
  });

  it.each([
    [404, 'order-not-found', 'there is no order'],
    [409, 'saga-not-parked', 'cannot be abandoned'],
    [503, 'upstream-unavailable', 'was answered 503'],
  ])('and says what a %s %s means', async (status, code, text) => {
    await expect(client(status, { code }).sagas.abandon(ORDER, 'x')).rejects.toThrow(text);
  });
});
