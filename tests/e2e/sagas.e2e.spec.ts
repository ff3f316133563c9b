import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sagaDetails, sagaIntervention, sagaList, type Problem } from '@souk/contracts';
import { Shop } from './support/shop.ts';

const PATH = '/api/admin/sagas';
let shop: Shop;
let admin: string;
beforeAll(async () => {
  shop = await Shop.open();
  admin = await shop.token('admin');
});
afterAll(() => shop.tidyUp());

const aConfirmedOrder = async (): Promise<string> => {
  const ware = await shop.newProduct(1);
  const wish = { lines: [{ sku: ware.sku, quantity: 1 }], total: 1_250 };
  return (await shop.placed(await shop.newCustomer(), wish)).orderId;
};

describe('operators', () => {
  it('see the steps of an order, and find it among those that are finished', async () => {
    const orderId = await aConfirmedOrder();
    const saga = sagaDetails.parse(await shop.api.expect([200], 'GET', `${PATH}/${orderId}`, { token: admin }));
    expect(saga).toMatchObject({
      orderId,
      state: 'finished',
      phase: 'succeeded',
      orderStatus: 'confirmed',
      byHand: [],
    });
    expect(saga.steps.map(({ name, state }) => [name, state])).toEqual([
      ['reserve-stock', 'done'],
      ['authorise-payment', 'done'],
      ['commit-reservation', 'done'],
      ['capture-payment', 'done'],
    ]);
    const query = '?state=finished&limit=200';
    const list = sagaList.parse(await shop.api.expect([200], 'GET', PATH + query, { token: admin }));
    expect(list.items.map((item) => item.orderId)).toContain(orderId);
  });

  it('change nothing of a saga that needs nobody', async () => {
    const orderId = await aConfirmedOrder();
    const retried = await shop.api.expect([202], 'POST', `${PATH}/${orderId}/retry`, { token: admin });
    expect(sagaIntervention.parse(retried)).toMatchObject({ outcome: 'unchanged', saga: { interventions: [] } });
    const request = { token: admin, body: { reason: 'a test' } };
    const refused = await shop.api.expect<Problem>([409], 'POST', `${PATH}/${orderId}/abandon`, request);
    expect(refused.code).toBe('saga-not-parked');
  });

  it('are told of an order that does not exist, and of a reason that is missing', async () => {
    const unknown = `${PATH}/${randomUUID()}`;
    expect(await shop.api.expect<Problem>([404], 'GET', unknown, { token: admin })).toMatchObject({
      code: 'order-not-found',
    });
    const empty = { token: admin, body: { reason: '' } };
    expect(await shop.api.expect<Problem>([400], 'POST', `${unknown}/abandon`, empty)).toMatchObject({
      code: 'validation-failed',
    });
  });

  it('are nobody else', async () => {
    const orderId = await aConfirmedOrder();
    const token = await shop.newCustomer();
    for (const [method, path] of [
      ['GET', PATH],
      ['GET', `${PATH}/${orderId}`],
      ['POST', `${PATH}/${orderId}/retry`],
    ] as const) {
      expect((await shop.api.send(method, path, { token })).status).toBe(403);
      expect((await shop.api.send(method, path)).status).toBe(401);
    }
  });
});
