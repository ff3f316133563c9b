import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cartItemAdded, productViewed } from '@souk/contracts';
import { type KafkaRecord, openKafka, type ProducerRecord } from '@souk/kafka';
import { decode, type OutgoingMessage } from '@souk/outbox';
import { Metrics } from '@souk/observability';
import { createTopic, testInfra, waitFor } from '@souk/testing';
import { openShop, send, type TestShop } from '../gateway.mother.js';
import { ActivityOutbox } from './activity-outbox.js';
import { ActivitySink } from './activity-sink.js';

const product = {
  productId: randomUUID(),
  sku: 'LAMP-1',
  name: 'Lamp',
  description: '',
  category: 'Light',
  price: { amount: 1_990, currency: 'EUR' },
  status: 'active',
  version: 1,
  updatedAt: '2026-01-01T00:00:00Z',
};
const browser = { 'sec-fetch-site': 'same-origin', accept: '*/*' };
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('activity at the door', () => {
  const published: ProducerRecord[] = [];
  let shop: TestShop;

  beforeEach(async () => {
    published.length = 0;
    const activity = {
      send: async (records: readonly ProducerRecord[]) => void published.push(...records),
      close: async () => undefined,
    };
    shop = await openShop({ activity });
    shop.services.catalog.answers(200, product);
  });
  afterEach(() => shop.close());

  const call = (target: string, headers: Record<string, string>, method = 'GET', body?: unknown) =>
    send(shop.gateway.port, target, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const bearer = () => ({ authorization: `Bearer ${shop.alice}` });
  /** Everything that was recorded is out when the gateway has stopped. */
  const events = async (): Promise<[string, unknown][]> => {
    await (shop.gateway.app.get(ActivitySink) as ActivityOutbox).onApplicationShutdown();
    return published.map(({ headers, value }) => [headers['ce_type'] ?? '', JSON.parse(value)]);
  };

  it('OFF-8 a product that was looked at is an event, by its page, by itself or in a batch', async () => {
    await call(`/api/pages/product/${product.productId}`, bearer());
    await call(`/api/products/${product.productId}`, bearer());
    await call('/api/batch', bearer(), 'POST', { requests: [{ path: `/api/products/${product.productId}` }] });
    const seen = await events();
    expect(seen.map(([type]) => type)).toEqual(Array(3).fill('product.viewed.v1'));
    expect(seen.map(([, data]) => productViewed.parse(data))).toEqual(
      Array(3).fill(
        expect.objectContaining({ actor: { type: 'customer', id: 'alice' }, productId: product.productId }),
      ),
    );
  });

  it('OFF-8 so is what went into a cart', async () => {
    await call('/api/cart/items', bearer(), 'POST', { sku: 'LAMP-1', quantity: 2 });
    const [[type, data] = []] = await events();
    expect([type, cartItemAdded.parse(data)]).toMatchObject([
      'cart.item-added.v1',
      { actor: { type: 'customer', id: 'alice' }, sku: 'LAMP-1', quantity: 2 },
    ]);
  });

  it('what was refused or only asked for by HEAD is none', async () => {
    await call(`/api/products/${product.productId}`, bearer(), 'HEAD');
    shop.services.catalog.answers(404, { type: 't', title: 'x', status: 404, code: 'product-not-found' });
    await call(`/api/products/${product.productId}`, bearer());
    await call(`/api/pages/product/${product.productId}`, bearer());
    shop.services.order.answers(404, { code: 'unknown-product' });
    await call('/api/cart/items', bearer(), 'POST', { sku: 'NO-SUCH', quantity: 1 });
    expect(await events()).toEqual([]);
  });

  it('a browser is known again by its visitor id, which no service gets to see', async () => {
    const page = `/api/pages/product/${product.productId}`;
    const first = await call(page, browser);
    const [cookie = ''] = (first.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0] ?? '');
    expect(cookie).toMatch(/^souk-visitor=[\w-]{36}$/);
    const second = await call(page, { ...browser, cookie });
    expect(second.headers['set-cookie']).toBeUndefined();
    await call(`/api/products/${product.productId}`, { ...browser, cookie });
    const actors = (await events()).map(([, data]) => productViewed.parse(data).actor);
    expect(actors).toEqual(Array(3).fill({ type: 'visitor', id: cookie.split('=')[1] }));
    const asked = Object.values(shop.services).flatMap(({ seen }) => seen);
    expect(JSON.stringify(asked)).not.toContain(cookie.split('=')[1]);
  });

  it('a program gets no cookie and leaves no trace', async () => {
    const answer = await call(`/api/pages/product/${product.productId}`, { accept: 'application/json' });
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(await events()).toEqual([]);
  });

  it('clients tell what they show by themselves', async () => {
    const report = { type: 'product-viewed', productId: product.productId };
    const answer = await call('/api/activity', bearer(), 'POST', report);
    expect([answer.status, answer.json]).toEqual([202, {}]);
    expect((await call('/api/activity', {}, 'POST', report)).status).toBe(202);
    expect((await call('/api/activity', {})).headers.allow).toBe('POST');
    expect(await events()).toHaveLength(1);
  });

  it.each<[string, unknown, Record<string, string>, number, string]>([
    ['another type', { type: 'hacked', productId: product.productId }, {}, 400, 'validation-failed'],
    ['no id', { type: 'product-viewed', productId: '7' }, {}, 400, 'validation-failed'],
    ['more than asked', { type: 'product-viewed', productId: product.productId, x: 1 }, {}, 400, 'validation-failed'],
    [
      'a bad token',
      { type: 'product-viewed', productId: product.productId },
      { authorization: 'Bearer a.b.c' },
      401,
      'token-invalid',
    ],
  ])('refuses a report with %s', async (_what, body, headers, status, code) => {
    const answer = await call('/api/activity', headers, 'POST', body);
    expect([answer.status, answer.json.code, await events()]).toEqual([status, code, []]);
  });

  it('is counted on the management port', async () => {
    await call(`/api/products/${product.productId}`, bearer());
    await events();
    expect(shop.gateway.app.get(Metrics).render()).toContain('souk_activity_events_total{outcome="published"} 1');
  });
});

describe('the activity outbox and a real broker', () => {
  const cleanUp: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const undo of cleanUp.reverse()) await undo();
  });
  const driverAt = (brokers: string[]) => openKafka('kafkajs', { brokers, clientId: 'gateway-test', logger: silent });
  const message = (topic: string, key: string, n: number): OutgoingMessage => ({
    topic: { name: topic },
    key,
    type: 'product.viewed.v1',
    data: {
      activityId: randomUUID(),
      actor: { type: 'visitor', id: key },
      at: '2026-01-01T00:00:00Z',
      productId: product.productId,
    },
    id: `${key}-${n}`,
    time: new Date(),
  });

  it('OFF-8 every event arrives with its envelope, in order per actor', async () => {
    const topic = await createTopic('activity');
    cleanUp.push(() => topic.drop());
    const driver = await driverAt(testInfra().kafkaBrokers);
    const seen: KafkaRecord[] = [];
    const consumer = driver.consumer({
      groupId: `g-${topic.name}`,
      topics: [topic.name],
      onBatch: async (records) => void seen.push(...records),
    });
    const outbox = new ActivityOutbox(driver.producer(), new Metrics());
    for (let n = 0; n < 300; n++) outbox.add(message(topic.name, `visitor-${n % 7}`, n));
    await outbox.onApplicationShutdown();
    await consumer.start();
    cleanUp.push(() => consumer.stop());
    await waitFor(() => seen.length >= 300, { timeoutMs: 20_000, what: 'all events' });
    const decoded = seen.map((record) => decode(record, { 'product.viewed.v1': productViewed }));
    for (let actor = 0; actor < 7; actor++) {
      const numbers = decoded
        .filter((one) => one?.key === `visitor-${actor}`)
        .map((one) => Number(one?.id.split('-')[2]));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
    expect(new Set(decoded.map((one) => one?.id)).size).toBe(300);
  });

  it('a broker that is away holds up neither an event nor the end of the process', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await new Promise((resolve) => server.close(resolve));
    const metrics = new Metrics();
    const producer = (await driverAt([`127.0.0.1:${port}`])).producer();
    let underWay = 0;
    const send = (records: readonly ProducerRecord[]) => {
      underWay += 1;
      return producer.send(records).finally(() => (underWay -= 1));
    };
    const outbox = new ActivityOutbox({ send, close: () => producer.close() }, metrics);
    const started = performance.now();
    for (let n = 0; n < 3_000; n++) outbox.add(message('activity.v1', 'visitor', n));
    expect(performance.now() - started).toBeLessThan(1_000);
    await outbox.onApplicationShutdown();
    expect(performance.now() - started).toBeLessThan(6_000);
    expect(metrics.render()).toMatch(/outcome="dropped"\} [1-9]\d{3}/);
    // Whatever tries the client had left.
    await waitFor(() => underWay === 0, { what: 'the end of all tries' });
  });
});
