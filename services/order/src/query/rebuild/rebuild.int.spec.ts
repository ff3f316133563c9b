import { afterEach, describe, expect, it } from '@jest/globals';
import { configureFailpoints } from '@souk/failpoints';
import { topics } from '@souk/contracts';
import { waitFor } from '@souk/testing';
import { aProduct } from '../../test/order-database.js';
import { toSaleDocument } from '../persistence/documents.js';
import { Views } from '../persistence/views.js';
import { aHistory, disorder, type History, random, storeHistories } from '../test/histories.js';
import { createQueryApp, type QueryApp, type QueryAppOptions } from '../test/query-app.js';
import { aPublicOrder } from '../test/public-order.mother.js';
import { connectReadOnly } from './order-source.js';

const SEED = Number(process.env['SOUK_SEED'] ?? process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));

describe('the rebuild', () => {
  let shop: QueryApp;
  const open = async (options?: QueryAppOptions): Promise<QueryApp> => {
    shop = await createQueryApp(options);
    await shop.settled();
    return shop;
  };
  afterEach(async () => {
    configureFailpoints('');
    await shop.close();
  });

  const histories = (next: () => number, count: number, from = 0): History[] =>
    Array.from({ length: count }, (_, i) => aHistory(next, from + i));
  /** What the views must be: each order as its newest message says. */
  const folded = (all: readonly History[]) =>
    all.map(({ messages }) => messages.at(-1)).toSorted((a, b) => ((a?.orderId ?? '') < (b?.orderId ?? '') ? -1 : 1));
  const expectEqual = async (all: readonly History[]): Promise<void> => {
    const orders = await shop.orders();
    expect(orders).toEqual(folded(all));
    const { salt } = await shop.views.current();
    expect(await shop.sales()).toEqual(orders.map((order) => toSaleDocument(order, salt)));
  };

  it(`I13: live views, whatever comes twice or late, equal the rebuilt ones and the fold of all events (seed ${SEED})`, async () => {
    process.stdout.write(`I13: SEED=${SEED}\n`);
    const next = random(SEED);
    await open();
    const all = histories(next, 60);
    const messages = disorder(
      next,
      all.flatMap((history) => history.messages),
    );
    for (let i = 0; i < messages.length; i += 7) await shop.publish(...messages.slice(i, i + 7));
    await expectEqual(all);
    await storeHistories(shop.database.pool, all);
    const before = (await shop.views.current()).active;
    await shop.rebuild.start();
    await shop.rebuild.finished();
    expect((await shop.views.current()).active).not.toBe(before);
    await expectEqual(all);
  }, 60_000);

  it('CQ-10, CQ-9: without the version guard disorder leaves other views than the fold (variant order-query-unguarded)', async () => {
    await open({ variants: ['order-query-unguarded'] });
    const late = { ...aHistory(random(7), 0), messages: [aPublicOrder(1, { version: 6 })] };
    await shop.publish(aPublicOrder(1, { version: 6 }), aPublicOrder(1, { version: 1, status: 'placed' }));
    await expect(expectEqual([late])).rejects.toThrow();
    await shop.stop();
    const { database, mongoUrl, log } = shop;
    await open({ on: { database, mongoUrl, log } });
    await shop.publish(aPublicOrder(1, { version: 6 }), aPublicOrder(1, { version: 1, status: 'placed' }));
    await expectEqual([late]);
  }, 60_000);

  it('MV-3: dropped views come back by themselves under writes, equal to the fold', async () => {
    const next = random(SEED + 1);
    await open();
    const old = histories(next, 80);
    await storeHistories(shop.database.pool, old);
    await shop.rebuild.start();
    await shop.rebuild.finished();
    await shop.store.db.dropDatabase();
    const fresh = histories(next, 40, 1_000);
    const writing = (async () => {
      for (const history of fresh) {
        await storeHistories(shop.database.pool, [history]);
        await shop.publish(...disorder(next, history.messages));
      }
    })();
    await Promise.all([writing, shop.settled()]);
    await expectEqual([...old, ...fresh]);
  }, 60_000);

  it('MV-5: an answer of incomplete views says so and promises nothing', async () => {
    await open();
    await shop.views.markIncomplete();
    await waitFor(async () => (await shop.get('/orders')).body['rebuilding'] === true, {
      what: 'the flag',
    });
    expect((await shop.get('/orders')).body).toMatchObject({
      asOf: '1970-01-01T00:00:00.000Z',
      rebuilding: true,
      items: [],
    });
    await shop.settled();
    await waitFor(async () => (await shop.get('/orders')).body['rebuilding'] === undefined, {
      what: 'no flag',
    });
  }, 60_000);

  it('MV-3: what is lost from the log while they are built has them built once more', async () => {
    await open();
    configureFailpoints('rebuild.before-swap=sleep:500@1');
    const [late] = histories(random(SEED + 3), 1);
    await shop.rebuild.start();
    await waitFor(async () => (await shop.views.current()).building !== null, { what: 'the building' });
    const { building } = await shop.views.current();
    await shop.views.markIncomplete();
    await shop.rebuild.finished();
    expect(await shop.views.current()).toMatchObject({ active: building, complete: false });
    if (late) await storeHistories(shop.database.pool, [late]);
    await shop.settled();
    expect((await shop.views.current()).complete).toBe(true);
    expect((await shop.orders()).length).toBe(1);
  }, 60_000);

  it('projects into old and new views while it runs, so that a message between scan and swap is in both', async () => {
    await open();
    configureFailpoints('rebuild.before-swap=sleep:500');
    const old = (await shop.views.current()).active;
    await shop.rebuild.start();
    await waitFor(async () => (await shop.views.current()).building !== null, {
      what: 'the building',
    });
    const { building } = await shop.views.current();
    await shop.publish(aPublicOrder(1));
    const found = [old, building ?? ''].map((name) => shop.views.generation(name).orders.countDocuments());
    expect(await Promise.all(found)).toEqual([1, 1]);
    await shop.rebuild.finished();
    expect((await shop.orders()).length).toBe(1);
  }, 60_000);

  it('RTE: says how far it is, refuses a second one, and is asked on the management port', async () => {
    await open();
    await storeHistories(shop.database.pool, histories(random(SEED + 2), 20));
    configureFailpoints('rebuild.before-swap=sleep:300');
    const ask = async (method: 'GET' | 'POST') => shop.management.find('/rebuild', method)?.();
    const started = await ask('POST');
    expect(started).toMatchObject({ status: 202, body: { rebuildId: expect.any(String) } });
    expect(await ask('POST')).toMatchObject({ status: 409, body: { code: 'rebuild-running' } });
    expect(await ask('GET')).toMatchObject({ status: 200, body: { state: 'running' } });
    await shop.rebuild.finished();
    expect(await ask('GET')).toMatchObject({
      body: { ...(started?.body as object), state: 'done', done: 20, total: 20 },
    });
  }, 60_000);

  it('takes names and categories from the catalog topic again', async () => {
    await open();
    const product = aProduct('TEAPOT', 3);
    await shop.log.deliver(topics.catalogProducts, 'product.created.v1', [[product.productId, product]]);
    const right = { _id: 'TEAPOT', version: 3, name: product.name, category: product.category };
    const rebuilt = async () => {
      await shop.rebuild.start();
      await shop.rebuild.finished();
      return shop.views.products.find().toArray();
    };
    await shop.views.products.deleteMany({});
    expect(await rebuilt()).toEqual([right]);
    await shop.views.products.updateOne({ _id: 'TEAPOT' }, { $set: { name: 'wrong' } });
    expect(await rebuilt()).toEqual([right]);
  }, 60_000);

  it('a failed one changes nothing that is read, and says why', async () => {
    await open();
    await shop.publish(aPublicOrder(1));
    await shop.database.pool.query('alter table order_events rename to gone');
    await shop.rebuild.start();
    await shop.rebuild.finished();
    expect(await shop.rebuild.status()).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('order_events'),
    });
    expect(await shop.views.current()).toMatchObject({ building: null, complete: true });
    expect((await shop.orders()).length).toBe(1);
  }, 60_000);

  it('goes on without an order that cannot be folded, and counts it', async () => {
    await open();
    const all = histories(random(SEED + 6), 3);
    await storeHistories(shop.database.pool, all);
    await shop.database.pool.query(
      "insert into order_events (order_id, version, type, schema_version, at, data) values (gen_random_uuid(), 1, 'placed', 99, now(), '{}')",
    );
    await shop.rebuild.start();
    await shop.rebuild.finished();
    expect(await shop.rebuild.status()).toMatchObject({ state: 'done', done: 3, skipped: 1 });
    await expectEqual(all);
  }, 60_000);

  it('CQ-9: killed in the middle, it starts over in the next process, and leaves nothing of the first one', async () => {
    const next = random(SEED + 3);
    await open();
    const all = histories(next, 30);
    await storeHistories(shop.database.pool, all);
    configureFailpoints('rebuild.before-swap=sleep:4000@1');
    await shop.rebuild.start();
    await waitFor(async () => (await shop.views.current()).building !== null, {
      what: 'the building',
    });
    const { building } = await shop.views.current();
    // What a kill leaves behind: the mark in the store, and a lease that runs out.
    const { database, mongoUrl, log } = shop;
    const zombie = shop;
    await zombie.store.db.collection('leases').updateMany({}, { $set: { expiresAt: new Date(0) } });
    await open({ on: { database, mongoUrl, log } });
    await expectEqual(all);
    const { active } = await shop.views.current();
    expect(active).not.toBe(building);
    // It was not killed after all, and wakes up: nothing is left for it to do.
    await zombie.rebuild.finished();
    expect(zombie.rebuild.current).toMatchObject({ state: 'failed', error: 'another rebuild has taken over' });
    expect(await shop.views.current()).toMatchObject({ active, building: null, complete: true });
    expect(await shop.rebuild.status()).toMatchObject({ state: 'done', done: 30 });
    await shop.views.dropUnused();
    const names = (await shop.store.db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
    expect(names.filter((name) => name.includes(building ?? ''))).toEqual([]);
    await zombie.stop();
  }, 60_000);

  it('views of an older release are built anew, those of a newer one are left alone', async () => {
    await open();
    const all = histories(random(SEED + 5), 5);
    await storeHistories(shop.database.pool, all);
    const state = shop.store.db.collection<{ _id: string }>('views');
    await state.updateOne({ _id: 'views' }, { $set: { format: 1 } });
    await shop.settled();
    await expectEqual(all);
    await state.updateOne({ _id: 'views' }, { $set: { format: 99 } });
    await expect(shop.views.current()).rejects.toMatchObject({ kind: 'unavailable' });
    // Raised between the look of an old process and its write.
    await state.updateOne({ _id: 'views' }, { $set: { format: 2 } });
    let looks = 0;
    const raced: typeof state = Object.assign(Object.create(state), {
      findOne: async (...filter: Parameters<typeof state.findOne>) => {
        const found = await state.findOne(...filter);
        await state.updateOne({ _id: 'views' }, { $set: { format: 99 } });
        return looks++ === 0 ? { ...found, format: 1 } : found;
      },
    });
    const { db } = shop.store;
    const collection = (name: string): unknown => (name === 'views' ? raced : db.collection(name));
    const racing = new Views(Object.assign(Object.create(db), { collection }));
    await expect(racing.current()).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await state.findOne({ _id: 'views' })).toMatchObject({ format: 99 });
    await state.updateOne({ _id: 'views' }, { $set: { format: 2 } });
  }, 60_000);

  it('row 53: records that were gone before they were read are taken from the source', async () => {
    await open();
    const all = histories(random(SEED + 4), 5);
    await storeHistories(shop.database.pool, all);
    expect(await shop.orders()).toEqual([]);
    shop.log.reportGap(topics.orderEvents);
    await waitFor(async () => (await shop.orders()).length === 5, { timeoutMs: 20_000, what: 'the orders' });
    await shop.settled();
    await expectEqual(all);
  }, 60_000);

  it('CQ-1: reads the event table in a session that cannot write', async () => {
    await open();
    const client = await connectReadOnly(shop.database.url);
    await expect(client.query('update orders set version = 1')).rejects.toThrow('read-only transaction');
    await client.end();
  });
});
