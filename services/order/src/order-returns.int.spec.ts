import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type OrderHistory, type PublicOrder, TEST_TOKENS } from '@souk/contracts';
import { waitFor } from '@souk/testing';
import { v7 as uuidv7 } from 'uuid';
import { createTestApp, type TestApp } from './test/order-app.js';
import { card, clientOf, problem } from './test/order-client.js';

let shop: TestApp;
beforeAll(async () => {
  shop = await createTestApp();
});
afterAll(() => shop?.close());

const { call, place, ended, history } = clientOf(() => shop);

describe('shipping and returning over HTTP', () => {
  const ship = (orderId: string, roles: string[] = ['admin']) =>
    call<PublicOrder>('POST', `/admin/orders/${orderId}/ship`, { user: 'root', roles });

  it('sends the order, takes it back, and gives the money back, each once', async () => {
    const { orderId } = (await place()).body;
    await ended(orderId);
    const shipped = await ship(orderId);
    expect(shipped).toMatchObject({ status: 202, body: { status: 'shipped', version: 7 } });
    const { shippedAt = '', returnUntil = '' } = shipped.body;
    expect(Date.parse(returnUntil) - Date.parse(shippedAt)).toBe(14 * 86_400_000);
    expect((await ship(orderId)).body).toEqual(shipped.body);
    expect(await call('POST', `/orders/${orderId}/cancel`)).toMatchObject(problem(409, 'order-not-cancellable'));
    const asked = await call<PublicOrder>('POST', `/orders/${orderId}/return`);
    expect(asked).toMatchObject({
      status: 202,
      body: { status: 'return-requested', outstanding: { refund: true, stock: true }, shippedAt },
    });
    expect((await ended(orderId)).body).toMatchObject({ status: 'refunded', version: 11, shippedAt });
    expect(shop.payment.of(orderId)).toEqual(['refunded']);
    expect((await call<PublicOrder>('POST', `/orders/${orderId}/return`)).body.status).toBe('refunded');
    expect(shop.payment.of(orderId)).toEqual(['refunded']);
  });

  it('ES-3, ES-13: the history says who, and what the order was at a time', async () => {
    const { orderId } = (await place()).body;
    await ended(orderId);
    await ship(orderId);
    const events = await history(orderId);
    expect(events.map(({ type, actor }) => [type, actor])).toEqual([
      ['placed', 'user/alice'],
      ['stock-reserved', 'service/inventory'],
      ['payment-authorised', 'service/payment'],
      ['stock-committed', 'service/inventory'],
      ['payment-captured', 'service/payment'],
      ['confirmed', 'service/payment'],
      ['shipped', 'shop'],
    ]);
    const at = events[3]?.at ?? '';
    const past = await call<OrderHistory>('GET', `/orders/${orderId}/history?at=${at}`);
    expect(past.body.order?.version).toBe(past.body.events.length);
    expect(past.body.events.at(-1)?.at).toBe(at);
    const before = await call<OrderHistory>('GET', `/orders/${orderId}/history?at=2020-01-01T00:00:00Z`);
    expect(before.body).toEqual({ orderId, events: [] });
    expect(await call('GET', `/orders/${orderId}/history?at=yesterday`)).toMatchObject(
      problem(400, 'validation-failed'),
    );
    const told = await call<OrderHistory>('GET', `/orders/${orderId}/history`, { user: 'root', roles: ['admin'] });
    expect(told.body.events.at(-1)?.actor).toBe('user/root');
  });

  it('takes the id in upper case too, and does what it says', async () => {
    const { orderId } = (await place()).body;
    const written = orderId.toUpperCase();
    expect((await ended(written)).body).toMatchObject({ orderId, status: 'confirmed' });
    expect((await ship(written)).body).toMatchObject({ orderId, status: 'shipped' });
    expect((await call<PublicOrder>('POST', `/orders/${written}/return`)).body.status).toBe('return-requested');
    expect((await ended(written)).body.status).toBe('refunded');
    const saga = await call('GET', `/admin/sagas/${written}`, { user: 'root', roles: ['admin'] });
    expect(saga).toMatchObject({ status: 200, body: { orderId, state: 'finished' } });
    const other = (await place()).body.orderId;
    await ended(other);
    expect((await call<PublicOrder>('POST', `/orders/${other.toUpperCase()}/cancel`)).body.status).toBe('cancelled');
  });

  it('is refused where it makes no sense', async () => {
    const { orderId } = (await place(card(TEST_TOKENS.declined))).body;
    await ended(orderId);
    expect(await ship(orderId)).toMatchObject(problem(409, 'order-not-shippable'));
    expect(await call('POST', `/orders/${orderId}/return`)).toMatchObject(problem(409, 'order-not-returnable'));
    expect(await ship(orderId, [])).toMatchObject(problem(403, 'forbidden'));
    expect(await ship(uuidv7())).toMatchObject(problem(404, 'order-not-found'));
  });

  it('ends with the days that the order was sold with', async () => {
    shop.settings.value = { ...shop.settings.value, returnDays: 0 };
    const { orderId } = (await place()).body;
    shop.settings.value = { ...shop.settings.value, returnDays: 14 };
    await ended(orderId);
    const { shippedAt } = (await ship(orderId)).body;
    await waitFor(() => new Date().toISOString() > (shippedAt ?? ''), { what: 'a later moment' });
    expect(await call('POST', `/orders/${orderId}/return`)).toMatchObject(problem(409, 'return-window-over'));
  });
});
