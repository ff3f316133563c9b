import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customerSummary, dailySales, orderPage, type PublicOrder, productSales, topics } from '@souk/contracts';
import { aProduct } from '../test/order-database.js';
import { aPublicOrder, bought } from './test/public-order.mother.js';
import { createQueryApp, type QueryApp } from './test/query-app.js';

const sent = {
  status: 'shipped',
  version: 7,
  shippedAt: '2026-01-02T09:00:00.000Z',
  returnUntil: '2026-01-16T09:00:00.000Z',
} as const;

describe('the read side', () => {
  let shop: QueryApp;
  beforeAll(async () => {
    shop = await createQueryApp();
    await shop.settled();
  }, 30_000);
  afterAll(() => shop.close());

  const list = async (query: string, as: 'alice' | 'bob' | 'admin' = 'admin') => {
    const { status, body } = await shop.get(`${as === 'admin' ? '/admin' : ''}/orders${query}`, as);
    expect([status, body]).toEqual([200, expect.anything()]);
    return orderPage.parse(body);
  };
  const ids = (orders: readonly PublicOrder[]): number[] =>
    orders.map(({ orderId }) => Number.parseInt(orderId.slice(-12), 16));

  describe('lists', () => {
    beforeAll(async () => {
      await shop.publish(
        aPublicOrder(1, { userId: 'alice' }),
        aPublicOrder(2, { userId: 'bob', status: 'rejected', rejection: 'out-of-stock' }),
        aPublicOrder(3, { userId: 'alice', status: 'placed', version: 1 }),
        aPublicOrder(4, { userId: 'alice', ...sent, ...bought('KETTLE', 1, 3_000) }),
        aPublicOrder(5, { userId: 'bob', ...bought('KETTLE', 2, 3_000) }),
      );
    });

    it('are newest first, everybody’s for an admin and one’s own for a customer', async () => {
      expect(ids((await list('')).items)).toEqual([5, 4, 3, 2, 1]);
      expect(ids((await list('', 'alice')).items)).toEqual([4, 3, 1]);
      expect(ids((await list('', 'bob')).items)).toEqual([5, 2]);
    });

    it('show the order as it was published', async () => {
      const [first] = (await list('?status=rejected')).items;
      expect(first).toEqual(aPublicOrder(2, { userId: 'bob', status: 'rejected', rejection: 'out-of-stock' }));
    });

    it.each<[string, number[]]>([
      ['?status=confirmed', [5, 1]],
      ['?status=shipped', [4]],
      ['?sku=KETTLE', [5, 4]],
      ['?sku=KETTLE&userId=alice', [4]],
      ['?from=2026-01-01T12:02:00.000Z', [5, 4, 3, 2]],
      ['?from=2026-01-01T12:02:00Z&to=2026-01-01T12:04:00Z', [3, 2]],
      ['?to=2026-01-01T12:01:00.000Z', []],
      ['?userId=nobody', []],
    ])('take filters: %s', async (query, expected) => expect(ids((await list(query)).items)).toEqual(expected));

    it('come in pages that a new order does not shift', async () => {
      const first = await list('?limit=2');
      await shop.publish(aPublicOrder(6, { userId: 'bob' }));
      const second = await list(`?limit=2&cursor=${first.next}`);
      const third = await list(`?limit=2&cursor=${second.next}`);
      expect([first, second, third].map(({ items }) => ids(items))).toEqual([[5, 4], [3, 2], [1]]);
      expect(third.next).toBeUndefined();
      expect(ids((await list('?limit=1')).items)).toEqual([6]);
    });

    it('end without a cursor, also when the last page is full', async () => {
      const page = await list('?limit=2&userId=alice&sku=KETTLE');
      expect([ids(page.items), page.next]).toEqual([[4], undefined]);
      const full = await list('?limit=1&userId=alice&sku=KETTLE');
      expect([ids(full.items), full.next]).toEqual([[4], undefined]);
    });

    it('tell orders of the same millisecond apart', async () => {
      const placedAt = '2026-02-01T00:00:00.000Z';
      await shop.publish(...[21, 22, 23].map((n) => aPublicOrder(n, { userId: 'bob', placedAt })));
      const first = await list('?limit=2&from=2026-02-01T00:00:00Z');
      const second = await list(`?limit=2&from=2026-02-01T00:00:00Z&cursor=${first.next}`);
      expect([ids(first.items), ids(second.items)]).toEqual([[23, 22], [21]]);
    });

    it.each([
      ['/orders?cursor=nonsense', 'cursor-invalid'],
      ['/orders?limit=101', 'validation-failed'],
      ['/orders?limit=0', 'validation-failed'],
      ['/orders?status=lost', 'validation-failed'],
      ['/orders?from=yesterday', 'validation-failed'],
      ['/orders?userId=bob', 'validation-failed'],
      ['/admin/reports/days?category=Tea', 'validation-failed'],
      ['/admin/reports/days?from=2026-02-01&to=2026-01-01', 'range-invalid'],
      ['/admin/reports/products?from=2020-01-01&to=2026-01-01', 'range-invalid'],
    ])('refuse %s: %s', async (url, code) => {
      expect(await shop.get(url, url.startsWith('/admin') ? 'admin' : 'alice')).toMatchObject({
        status: 400,
        body: { code },
      });
    });

    it('are for signed-in people, and everybody’s and the reports for admins', async () => {
      for (const url of ['/orders', '/customers/me/summary'])
        expect(await shop.get(url, 'anonymous')).toMatchObject({ status: 401 });
      for (const url of ['/admin/orders', '/admin/reports/products', '/admin/reports/days'])
        expect(await shop.get(url, 'alice')).toMatchObject({ status: 403 });
    });
  });

  it('sum up one customer', async () => {
    const summary = async (as: 'alice' | 'anonymous' | 'admin') =>
      customerSummary.parse((await shop.get('/customers/me/summary', as)).body);
    expect(await summary('alice')).toMatchObject({
      userId: 'alice',
      orders: 3,
      confirmed: 2,
      spent: [{ amount: 5_499 + 3_000, currency: 'EUR' }],
      firstOrderAt: '2026-01-01T12:01:00.000Z',
      lastOrderAt: '2026-01-01T12:04:00.000Z',
    });
    const nobody = await summary('admin');
    expect(nobody).toEqual({ userId: 'admin', orders: 0, confirmed: 0, spent: [], asOf: nobody.asOf });
  });

  describe('MV-1: reports', () => {
    const products = async (query: string) =>
      productSales.parse((await shop.get(`/admin/reports/products${query}`, 'admin')).body).items;
    const days = async (query: string) =>
      dailySales.parse((await shop.get(`/admin/reports/days${query}`, 'admin')).body).items;

    beforeAll(async () => {
      const product = (sku: string, category: string) => ({ ...aProduct(sku, 1), category });
      const all = [product('TEA-GREEN', 'Tea'), product('TEA-BLACK', 'Tea'), product('SPOON', 'Kitchen')];
      await shop.log.deliver(
        topics.catalogProducts,
        'product.created.v1',
        all.map((one) => [one.productId, one] as const),
      );
      const on = (day: number) => new Date(Date.UTC(2026, 4, day, 23, 59, 59)).toISOString();
      await shop.publish(
        aPublicOrder(101, { userId: 'alice', placedAt: on(1), ...bought('TEA-GREEN', 2, 500) }),
        aPublicOrder(102, { userId: 'alice', placedAt: on(1), ...bought('TEA-GREEN', 1, 500) }),
        aPublicOrder(103, { userId: 'bob', placedAt: on(2), ...bought('TEA-GREEN', 1, 600) }),
        aPublicOrder(104, { userId: 'bob', placedAt: on(2), ...bought('SPOON', 9, 100) }),
        aPublicOrder(105, { userId: 'bob', placedAt: on(3), ...sent, ...bought('TEA-BLACK', 1, 700) }),
        aPublicOrder(106, { userId: 'carol', placedAt: on(3), status: 'refunded', ...bought('TEA-BLACK', 50, 700) }),
        aPublicOrder(107, { userId: 'carol', placedAt: on(4), ...bought('TEA-BLACK', 1, 700) }),
      );
    });
    const range = 'from=2026-05-01&to=2026-05-03';

    it('give sales, quantity and buyers of each product of a category, best first', async () => {
      expect(await products(`?category=Tea&${range}`)).toEqual([
        {
          sku: 'TEA-GREEN',
          name: 'A TEA-GREEN',
          category: 'Tea',
          sales: [{ amount: 2_100, currency: 'EUR' }],
          quantity: 4,
          buyers: 2,
        },
        {
          sku: 'TEA-BLACK',
          name: 'A TEA-BLACK',
          category: 'Tea',
          sales: [{ amount: 700, currency: 'EUR' }],
          quantity: 1,
          buyers: 1,
        },
      ]);
      expect((await products(`?${range}`)).map(({ sku }) => sku)).toEqual(['SPOON', 'TEA-GREEN', 'TEA-BLACK']);
      expect(await products(`?category=Nothing&${range}`)).toEqual([]);
    });

    it('give sales, orders and buyers of each day', async () => {
      expect(await days(`?${range}`)).toEqual([
        { day: '2026-05-01', sales: [{ amount: 1_500, currency: 'EUR' }], orders: 2, buyers: 1 },
        { day: '2026-05-02', sales: [{ amount: 1_500, currency: 'EUR' }], orders: 2, buyers: 1 },
        { day: '2026-05-03', sales: [{ amount: 700, currency: 'EUR' }], orders: 1, buyers: 1 },
      ]);
    });

    it('keep currencies apart and count a buyer of both once', async () => {
      const placedAt = '2026-06-01T10:00:00.000Z';
      await shop.publish(
        aPublicOrder(111, { userId: 'dave', placedAt, ...bought('TEA-GREEN', 1, 500) }),
        aPublicOrder(112, { userId: 'dave', placedAt, ...bought('TEA-GREEN', 1, 900, 'USD') }),
      );
      const sales = [
        { amount: 500, currency: 'EUR' },
        { amount: 900, currency: 'USD' },
      ];
      expect(await days('?from=2026-06-01&to=2026-06-01')).toEqual([
        { day: '2026-06-01', sales, orders: 2, buyers: 1 },
      ]);
      expect(await products('?from=2026-06-01&to=2026-06-01')).toMatchObject([{ sales, quantity: 2, buyers: 1 }]);
    });

    it('MV-8: stand on documents without personal data', async () => {
      const text = JSON.stringify(await shop.sales());
      for (const personal of ['alice', 'bob', 'carol', 'Main Street', 'Berlin', 'address', 'userId'])
        expect(text).not.toContain(personal);
    });
  });

  it('MV-5: every answer says how old it is', async () => {
    shop.log.readThrough = Date.now() + 60_000;
    const later = new Date(shop.log.readThrough).toISOString();
    for (const url of [
      '/orders',
      '/customers/me/summary',
      '/admin/orders',
      '/admin/reports/products',
      '/admin/reports/days',
    ]) {
      const { body } = await shop.get(url, url.startsWith('/admin') ? 'admin' : 'alice');
      expect([url, body['asOf'], body['rebuilding']]).toEqual([url, later, undefined]);
    }
    shop.log.readThrough -= 30_000;
    expect((await list('')).asOf).toBe(later);
    shop.log.readThrough = undefined;
  });

  it('CQ-10: what cannot be read becomes a dead letter and nothing else stops', async () => {
    await shop.log.deliver(topics.orderEvents, 'order.placed.v1', [['x', { orderId: 'x' }]]);
    await shop.publish(aPublicOrder(201, { userId: 'erin' }));
    expect(ids((await list('?userId=erin')).items)).toEqual([201]);
    expect(shop.log.produced.at(-1)).toMatchObject({
      topic: topics.orderQueryDeadLetters.name,
      key: 'x',
      value: '{"orderId":"x"}',
    });
  });
});
