import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { recommendations } from '@souk/contracts';
import { uniqueMongoUrl, waitFor } from '@souk/testing';
import { RECENT } from '../persistence/change-feed.js';
import { createTestApp, dropDatabase } from '../test/create-test-app.js';
import { aProduct } from '../test/market.mother.js';
import { orderIdOf, orderTold, productTold, stockTold, viewTold } from '../test/messages.mother.js';
import { openGate } from '../test/tcp-gate.js';
import type { LiveMarket } from './live-market.js';

type App = Awaited<ReturnType<typeof createTestApp>>;

const PRODUCTS = 8;
const [TEA, POT] = [0, 1];
/** One look of the follower (300 ms) and the reading of what changed. */
const SEEN_BY_ALL_MS = 900;
const SLOW_MS = 10_000;
/** Attempts of a message that is at fault itself; each finds out in 2 s at the latest that the store is away. */
const GIVEN_UP_AFTER = 5;
const OUTAGE_MS = 40_000;

/** Everything counted about the products, by sku: the numbers behind the skus differ from replica to replica. */
const says = ({ assortment, baskets }: LiveMarket) => {
  const numbers = Array.from({ length: PRODUCTS }, (_, number) => assortment.numberOf(aProduct(number).sku));
  return numbers.map((number) => ({
    orders: baskets.basketsOf(number),
    buyers: baskets.buyersOf(number),
    together: numbers.map((other) => baskets.togetherWith(number).get(other) ?? 0),
    offered: assortment.offer(number)?.sku,
  }));
};
const catalog = Array.from({ length: PRODUCTS }, (_, number) => productTold(number));
const anOrder = (number: number) =>
  orderTold(number, [number % PRODUCTS, (number * 5 + 3) % PRODUCTS], { userId: `user-${number % 90}` });

describe('replicas that each consume a part', () => {
  let mongoUrl: string;
  let apps: App[];
  let gate: Awaited<ReturnType<typeof openGate>>;
  const start = async (url = mongoUrl): Promise<App> => {
    const app = await createTestApp({ mongoUrl: url });
    apps.push(app);
    return app;
  };
  const stop = async (app: App): Promise<void> => {
    apps = apps.filter((other) => other !== app);
    await app.close();
  };
  const same = (what: string, a: App, b: App, timeoutMs = SEEN_BY_ALL_MS) =>
    waitFor(() => expect(says(a.follower.market)).toEqual(says(b.follower.market)) === undefined, { timeoutMs, what });

  beforeEach(async () => {
    mongoUrl = uniqueMongoUrl('recommendation');
    apps = [];
    gate = await openGate(new URL(mongoUrl));
  });
  afterEach(async () => {
    await gate.open();
    for (const app of apps) await stop(app);
    await gate.shut();
    await dropDatabase(mongoUrl);
  });

  it('MV-9: answer alike within a second, whichever of them heard of the purchase', async () => {
    const [a, b] = [await start(), await start()];
    await Promise.all([a.loaded(), b.loaded()]);
    await a.broker.tell(...catalog);
    await b.broker.tell(orderTold(1, [TEA, POT]), stockTold(TEA, 0, 1));
    const first = async ({ get }: App) =>
      recommendations.parse((await get(`?productId=${aProduct(TEA).productId}`)).body).items[0]?.sku;
    for (const app of [a, b]) {
      await waitFor(async () => (await first(app)) === aProduct(POT).sku, {
        timeoutMs: SEEN_BY_ALL_MS,
        what: 'the pair',
      });
    }
    await same('the stock', a, b);
  });

  it('CC-1: miss nothing of what the others write at the same time', async () => {
    const [a, b] = [await start(), await start()];
    await Promise.all([a.loaded(), b.loaded()]);
    await a.broker.tell(...catalog);
    const orders = Array.from({ length: 600 }, (_, number) => anOrder(number));
    const parts = Array.from({ length: 60 }, (_, part) => orders.slice(part * 10, part * 10 + 10));
    await Promise.all(parts.map((part, index) => (index % 2 === 0 ? a : b).broker.tell(...part)));
    const cancelled = orders.flatMap((_, number) =>
      number % 4 === 0 ? [orderTold(number, [0], { type: 'cancelled' })] : [],
    );
    await Promise.all([a.broker.tell(...cancelled), b.broker.tell(...cancelled)]);
    await waitFor(() => [a, b].every(({ follower }) => follower.market.baskets.size === 450), {
      timeoutMs: SLOW_MS,
      what: 'all baskets',
    });
    await same('the counts', a, b);
    const late = await start();
    await late.loaded();
    await same('the counts of one that starts later', late, a);
  });

  it('read everything anew when more changed than the feed holds', async () => {
    const [a, b] = [await start(), await start()];
    await Promise.all([a.loaded(), b.loaded()]);
    const missed = Array.from({ length: RECENT * 3 }, (_, number) => anOrder(number));
    await a.broker.tell(...catalog, ...missed);
    await waitFor(() => b.follower.market.baskets.size === missed.length, { timeoutMs: SLOW_MS, what: 'all baskets' });
    await same('the counts', a, b);
  });

  it('notice that the store was emptied', async () => {
    const app = await start();
    await app.loaded();
    await app.broker.tell(...catalog, orderTold(1, [TEA, POT]));
    await waitFor(() => app.follower.market.baskets.size === 1, { timeoutMs: SEEN_BY_ALL_MS, what: 'the basket' });
    await app.store.db.dropDatabase();
    await waitFor(() => app.follower.market.baskets.size === 0, { timeoutMs: SEEN_BY_ALL_MS, what: 'an empty market' });
    await app.broker.tell(...catalog, orderTold(2, [TEA, POT]));
    await waitFor(() => app.follower.market.baskets.size === 1, { timeoutMs: SEEN_BY_ALL_MS, what: 'the new basket' });
  });

  it('MV-5: promise together only what each of them has read', async () => {
    const [a, b] = [await start(), await start()];
    await Promise.all([a.loaded(), b.loaded()]);
    const [early, late] = [new Date('2026-03-02T09:00:00Z'), new Date('2026-03-02T10:00:00Z')];
    a.broker.readThrough(late);
    b.broker.readThrough(early);
    const asOf = async ({ get }: App) => recommendations.parse((await get('')).body).asOf;
    await waitFor(async () => (await asOf(a)) === early.toISOString(), { timeoutMs: SLOW_MS, what: 'the slower one' });
    await stop(b);
    await waitFor(async () => (await asOf(a)) === late.toISOString(), {
      timeoutMs: SLOW_MS,
      what: 'the one that is left',
    });
    await stop(a);
    const next = await start();
    await next.loaded();
    expect(await asOf(next)).toBe(late.toISOString());
  });

  it('answer without their store from what they know, and catch up when it is back', async () => {
    const [cut, whole] = [await start(gate.url), await start()];
    await Promise.all([cut.loaded(), whole.loaded()]);
    await whole.broker.tell(...catalog, orderTold(1, [TEA, POT], { userId: 'zoe' }), viewTold(POT, 'ann', 1));
    await same('the pair', cut, whole);
    await gate.shut();
    const answer = await cut.get('?customer=me', 'ann');
    expect(recommendations.parse(answer.body).items).toHaveLength(2);
    expect(cut.metrics.render()).toContain('souk_recommendation_without_activity_total 1');
    await whole.broker.tell(orderTold(2, [TEA, POT], { userId: 'yan' }));
    const attempts = cut.countWrites();
    const waiting = cut.broker.tell(productTold(POT, { version: 2 }), orderTold(3, [TEA, POT], { userId: 'xi' }));
    expect(await cut.health.report()).toMatchObject({ ready: true });
    await waitFor(() => attempts() > GIVEN_UP_AFTER, {
      timeoutMs: OUTAGE_MS,
      what: 'more attempts than a message has',
    });
    await gate.open();
    await waiting;
    expect(cut.broker.deadLetters).toEqual([]);
    await waitFor(() => [cut, whole].every(({ follower }) => follower.market.baskets.size === 3), {
      timeoutMs: SLOW_MS,
      what: 'all three',
    });
    await same('the counts', cut, whole);
  }, 60_000);

  it('say that they are not ready until the store can be read', async () => {
    await gate.shut();
    const app = await start(gate.url);
    expect(await app.get('')).toMatchObject({ status: 503, body: { code: 'service-unavailable' } });
    expect(await app.health.report()).toMatchObject({ ready: false });
    await gate.open();
    await app.loaded();
    expect(await app.get('')).toMatchObject({ status: 200 });
  }, 30_000);

  it('say in the store which orders count, for whoever compares', async () => {
    const app = await start();
    await app.loaded();
    await app.broker.tell(orderTold(1, [TEA, POT]), orderTold(2, [TEA]), orderTold(2, [TEA], { type: 'cancelled' }));
    const baskets = await app.store.db.collection<{ _id: string }>('baskets').find().sort({ _id: 1 }).toArray();
    expect(baskets).toMatchObject([
      { _id: orderIdOf(1), counts: true, skus: [aProduct(TEA).sku, aProduct(POT).sku], version: 6 },
      { _id: orderIdOf(2), counts: false, version: 7 },
    ]);
  });
});
