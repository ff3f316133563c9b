import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type DeadLetter, deadLetterList } from '@souk/contracts';
import { openShop, send, type TestShop } from '../gateway.mother.js';

const letter = (service: DeadLetter['service'], offset: number): DeadLetter => ({
  id: `things.v1-0-${offset}`,
  service,
  kind: 'message',
  topic: 'things.v1',
  key: 'k',
  type: null,
  messageId: null,
  cause: 'poison',
  attempts: 5,
  firstAt: new Date(offset).toISOString(),
  lastAt: new Date(offset).toISOString(),
  waiting: 0,
});

describe('/api/admin/dead-letters', () => {
  let shop: TestShop;

  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop.close());
  beforeEach(() => {
    shop.reset();
    const { order, inventory, recommendation } = shop.services;
    shop.services['order-query'].answers(200, { items: [], total: 0 });
    order.answers(200, { items: [letter('order', 5)], total: 7 });
    inventory.answers(200, { items: [letter('inventory', 3)], total: 1 });
    recommendation.answers(200, { items: [letter('recommendation', 4)], total: 1 });
  });

  const call = (target: string, { method = 'GET', token = shop.admin } = {}) =>
    send(shop.gateway.port, `/api/admin/dead-letters${target}`, {
      method,
      headers: token === '' ? {} : { authorization: `Bearer ${token}` },
    });

  it('CC-5: gathers those of all services, the oldest first', async () => {
    const answer = await call('?topic=things.v1&limit=50');
    const list = deadLetterList.parse(answer.json);
    expect(list.items.map(({ service }) => service)).toEqual(['inventory', 'recommendation', 'order']);
    expect([list.total, list.missing]).toEqual([9, []]);
    expect(shop.services.order.seen[0]?.url).toBe('/admin/dead-letters?topic=things.v1&limit=50');
  });

  it('asks one service alone when it is named', async () => {
    const { items } = deadLetterList.parse((await call('?service=order')).json);
    expect(items.map(({ service }) => service)).toEqual(['order']);
    expect(shop.services.inventory.seen).toEqual([]);
  });

  it('answers with what there is when a service is away, slow or talks nonsense, and names it', async () => {
    shop.services.order.handler = () => undefined;
    shop.services.inventory.handler = (_request, response) => void response.socket?.destroy();
    shop.services.recommendation.answers(200, { items: 'none' });
    const started = performance.now();
    const { items, missing } = deadLetterList.parse((await call('')).json);
    expect(performance.now() - started).toBeLessThan(4_500);
    expect(items).toEqual([]);
    expect(missing).toEqual([
      { service: 'order', reason: 'timeout' },
      { service: 'inventory', reason: 'unavailable' },
      { service: 'recommendation', reason: 'unavailable' },
    ]);
  });

  it.each([
    ['GET', '/order-query/things.v1-0-5', '/admin/dead-letters/things.v1-0-5'],
    ['POST', '/order-query/things.v1-0-5/replay', '/admin/dead-letters/things.v1-0-5/replay'],
    ['POST', '/order-query/things.v1-0-5/discard', '/admin/dead-letters/things.v1-0-5/discard'],
  ])('passes %s %s on to its service', async (method, target, expected) => {
    const answer = await call(target, { method });
    expect(answer.status).toBe(200);
    const [seen] = shop.services['order-query'].seen;
    expect([seen?.method, seen?.url]).toEqual([method, expected]);
    expect(seen?.headers.authorization).toMatch(/^Bearer /);
  });

  it('knows no letters of other services', async () => {
    for (const service of ['catalog', 'nobody']) {
      const answer = await call(`/${service}/x/replay`, { method: 'POST' });
      expect([answer.status, answer.json.code]).toEqual([404, 'dead-letter-not-found']);
    }
    expect(shop.services.catalog.seen).toEqual([]);
  });

  it('refuses other methods, an unknown query and a limit without end', async () => {
    expect((await call('/order/x/replay')).status).toBe(405);
    expect((await call('/order/x', { method: 'POST' })).status).toBe(405);
    expect((await call('?wish=1')).json.code).toBe('validation-failed');
    expect((await call('?limit=100000')).json.code).toBe('validation-failed');
  });

  it.each([
    ['', 'GET'],
    ['?limit=abc', 'GET'],
    ['/order/x', 'GET'],
    ['/order/x/replay', 'POST'],
    ['/nobody/x/discard', 'POST'],
  ])('is for administrators: %s', async (target, method) => {
    const statuses = await Promise.all(
      [shop.alice, ''].map(async (token) => (await call(target, { method, token })).status),
    );
    expect(statuses).toEqual([403, 401]);
    expect(shop.services.order.seen).toEqual([]);
  });
});
