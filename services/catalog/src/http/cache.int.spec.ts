import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { INTERNAL_AUDIENCE, INTERNAL_ISSUER, product, productPage } from '@souk/contracts';
import { OtlpSink, startTestGateway, startValkeyServer, uniqueMongoUrl, waitFor } from '@souk/testing';
import type { ValkeyServer } from '@souk/testing';
import { MongoStore } from '../persistence/mongo-store.js';
import { CatalogProcess, STARTS_WITHIN_MS } from '../test/catalog-process.js';
import type { CatalogProcessOptions } from '../test/catalog-process.js';
import { quiet } from '../test/test-store.js';

const SET_UP_MS = 60_000;
jest.setTimeout(2 * STARTS_WITHIN_MS);
const PRODUCTS = 20;
/** OTLP's number. */
const SERVER_KIND = 2;
const idOf = (n: number): string => `019537a0-0000-7000-8000-${String(n).padStart(12, '0')}`;
const aBody = (n: number) => ({
  productId: idOf(n),
  sku: `SKU-${n}`,
  name: `Product ${n}`,
  description: 'Made for a test.',
  category: 'Tests',
  price: { amount: 100, currency: 'EUR' },
});

interface Timed {
  readonly status: number;
  readonly ms: number;
}
const p95 = (all: readonly Timed[]): number =>
  all.map(({ ms }) => ms).toSorted((a, b) => a - b)[Math.floor(all.length * 0.95)] ?? Number.NaN;

describe('catalog with copies of what is read', () => {
  let gateway: Awaited<ReturnType<typeof startTestGateway>>;
  let valkey: ValkeyServer;
  let store: MongoStore;
  let mongoUrl: string;
  let tokens: { readonly admin: string; readonly anybody: string };
  let running: CatalogProcess[];

  beforeAll(async () => {
    gateway = await startTestGateway({ issuer: INTERNAL_ISSUER, audience: INTERNAL_AUDIENCE });
    tokens = { admin: gateway.tokenFor('admin', 'admin'), anybody: gateway.tokenFor('anonymous') };
    valkey = await startValkeyServer();
  }, SET_UP_MS);
  afterAll(async () => {
    await valkey.stop();
    gateway.stop();
  });
  beforeEach(async () => {
    running = [];
    mongoUrl = uniqueMongoUrl('catalog_cache');
    store = new MongoStore(mongoUrl, quiet);
    await store.open();
    // Of the test before.
    await valkey.kill();
    await valkey.start();
  }, SET_UP_MS);
  afterEach(async () => {
    await Promise.all(running.map((each) => each.remove()));
    await store.connection.dropDatabase();
    await store.close();
  }, SET_UP_MS);

  const start = async (options: Partial<CatalogProcessOptions> = {}): Promise<CatalogProcess> => {
    const process = new CatalogProcess();
    running.push(process);
    await process.start({ mongoUrl, jwksUrl: gateway.jwksUrl, valkeyUrl: valkey.url, ...options });
    return process;
  };
  const seed = async (by: CatalogProcess): Promise<void> => {
    for (let n = 1; n <= PRODUCTS; n++)
      expect(await by.call(tokens.admin, 'POST', '/admin/products', aBody(n))).toMatchObject({ status: 201 });
  };
  const get = (by: CatalogProcess, path: string) => by.call(tokens.anybody, 'GET', path);
  const price = async (by: CatalogProcess) => product.parse((await get(by, `/products/${idOf(1)}`)).body).price.amount;
  const listed = async (by: CatalogProcess) => {
    const { items } = productPage.parse((await get(by, '/products?category=Tests&sort=price')).body);
    return items.find(({ productId }) => productId === idOf(1))?.price.amount;
  };
  const setPrice = (by: CatalogProcess, amount: number) =>
    by.call(tokens.admin, 'PUT', `/admin/products/${idOf(1)}/price`, { price: { amount, currency: 'EUR' } });
  /** By asking for what nobody has: there is no copy that would answer without the shared cache. */
  const sharedIsUp = (by: CatalogProcess) =>
    waitFor(async () => (await get(by, `/products/${idOf(999)}`)) && (await by.metric('souk_cache_shared_up')) === 1, {
      what: 'the shared cache',
    });
  const loads = (by: CatalogProcess) => by.metric('souk_cache_loads_total');
  const hits = (by: CatalogProcess) => by.metric('souk_cache_hits_total');

  it('CCH-7 CCH-8 two replicas show a change of either one at once, and load once for both', async () => {
    // Copies that would be old for a minute, if no message came: far longer than is waited for one.
    const settings = { cacheLocalMs: 60_000, cacheProductSeconds: 600, cacheListSeconds: 600 };
    const [one, two] = await Promise.all([start({ settings }), start({ settings })]);
    await seed(one);
    await Promise.all([sharedIsUp(one), sharedIsUp(two)]);
    const sum = async (metric: string) => (await one.metric(metric)) + (await two.metric(metric));
    const loadsAndErrors = async () => [
      await sum('souk_cache_loads_total'),
      await sum('souk_cache_shared_errors_total'),
    ];
    const ROUNDS = 20;
    let [counted, made] = [0, 0];
    for (let round = 1; counted < ROUNDS; round++) {
      await Promise.all([sharedIsUp(one), sharedIsUp(two)]);
      const [loadsBefore = 0, errorsBefore] = await loadsAndErrors();
      const [writer, reader] = round % 2 === 0 ? [one, two] : [two, one];
      expect(await setPrice(writer, 100 + round)).toMatchObject({ status: 200, body: { version: 1 + round } });
      expect([await price(writer), await listed(writer)]).toEqual([100 + round, 100 + round]);
      const news = async () => (await price(reader)) === 100 + round && (await listed(reader)) === 100 + round;
      await waitFor(news, { what: `the price of round ${round} at the other replica` });
      const [loadsAfter = 0, errorsAfter] = await loadsAndErrors();
      // Where the shared cache took longer than its limit everybody reads the store: so it should be, and says nothing of sharing.
      if (errorsAfter !== errorsBefore) continue;
      counted += 1;
      made += loadsAfter - loadsBefore;
    }
    // A product and a list a round; without sharing it would be twice as many.
    expect(made).toBeGreaterThanOrEqual(2 * ROUNDS);
    expect(made).toBeLessThan(3 * ROUNDS);
  });

  it('CCH-11 a hundred requests for one product that nobody has asked for read the store once', async () => {
    const service = await start();
    await seed(service);
    await sharedIsUp(service);
    const before = await loads(service);
    const answers = await Promise.all(Array.from({ length: 100 }, () => get(service, `/products/${idOf(2)}`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await loads(service)) - before).toBe(1);
  });

  describe('a change behind its back', () => {
    const SECONDS = 4;
    /** What is kept comes to the shared cache a little later than it was read, on a busy machine not so little; never a second life. */
    const LATE_SECONDS = 3;
    const shorter = { cacheProductSeconds: SECONDS, cacheListSeconds: SECONDS };
    const seen = async (service: CatalogProcess) => {
      const [product, list] = await Promise.all([price(service), listed(service)]);
      return { product, list };
    };
    /** Both are read all the time, until the change is seen or the time is over. */
    const seenAfter = async (variants: string, seconds: number) => {
      const service = await start({ variants, settings: shorter });
      await seed(service);
      await sharedIsUp(service);
      expect([await price(service), await listed(service)]).toEqual([100, 100]);
      await store.products.updateOne({ _id: idOf(1) }, { $set: { 'price.amount': 7 } });
      const until = performance.now() + seconds * 1_000;
      let now = await seen(service);
      while (performance.now() < until && !(now.product === 7 && now.list === 7)) {
        await sleep(20);
        now = await seen(service);
      }
      return now;
    };

    it('CCH-7 is seen after one time to live, however often it is read', async () =>
      expect(await seenAfter('', SECONDS + LATE_SECONDS)).toEqual({ product: 7, list: 7 }));

    it('CCH-7 is never seen where copies have no end', async () =>
      expect(await seenAfter('cache-forever', 2 * SECONDS)).toEqual({ product: 100, list: 100 }));
  });

  it('CCH-9 the cache is killed under 100 requests a second: no error, no delay, and hits again within a time to live', async () => {
    // The same is asked of a catalog that never had a shared cache: what the machine does to one it does to both.
    const [service, without] = await Promise.all([start(), start({ valkeyUrl: undefined })]);
    await seed(service);
    await sharedIsUp(service);
    const answers: Timed[] = [];
    const others: Timed[] = [];
    const began = performance.now();
    const timed = async (by: CatalogProcess, path: string): Promise<Timed> => {
      const at = performance.now();
      const { status } = await get(by, path).catch(() => ({ status: 0 }));
      return { status, ms: performance.now() - at };
    };
    const ask = async (n: number): Promise<void> => {
      const path = n % 5 === 0 ? '/products?category=Tests' : `/products/${idOf(1 + (n % PRODUCTS))}`;
      const other = timed(without, path).then((answer) => others.push(answer));
      answers.push(await timed(service, path));
      await other;
    };
    const asked: Promise<void>[] = [];
    const load = async (seconds: number): Promise<void> => {
      const until = performance.now() + seconds * 1_000;
      while (performance.now() < until) {
        // In step with the clock, not with the answers.
        while (asked.length < (performance.now() - began) / 10) asked.push(ask(asked.length));
        await sleep(5);
      }
    };
    const failed = () => service.metric('souk_cache_shared_errors_total');
    await load(1.5);
    const failedBefore = await failed();
    await valkey.kill();
    const awaySince = performance.now();
    await load(2);
    // While it is still away: whoever waited for it would never get here.
    const isAnswered = () => answers.length === asked.length;
    await waitFor(isAnswered, { what: 'an answer to everybody who asked while it was away' });
    // Those under way, three in a row, and one a second to find out: two or three dozen reads had no copy in the process.
    const triesAllowed = 10 + (performance.now() - awaySince) / 1_000;
    expect((await failed()) - failedBefore).toBeLessThan(triesAllowed);
    await valkey.start();
    await load(1.5);
    await sharedIsUp(service);
    const [hitsBefore, loadsBefore] = [await hits(service), await loads(service)];
    await load(2);
    await Promise.all(asked);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(answers.length).toBeGreaterThan(500);
    const [hit, loaded] = [(await hits(service)) - hitsBefore, (await loads(service)) - loadsBefore];
    expect(hit / (hit + loaded)).toBeGreaterThan(0.8);
    // The whole time, the kill and the return included.
    expect(p95(answers)).toBeLessThan(Math.max(250, 2 * p95(others)));
  });

  it('CCH-9 without a shared cache it answers the same, and tells its own copies of its own changes', async () => {
    const service = new CatalogProcess();
    running.push(service);
    await service.start({ mongoUrl, jwksUrl: gateway.jwksUrl });
    await seed(service);
    expect([await price(service), await listed(service)]).toEqual([100, 100]);
    await setPrice(service, 5);
    expect([await price(service), await listed(service)]).toEqual([5, 5]);
    expect(await service.metric('souk_cache_loads_total')).toBeGreaterThan(0);
  });

  it('CCH-6 what the first page shows is there before anybody has asked', async () => {
    await seed(await start());
    const primed = async (service: CatalogProcess): Promise<void> => {
      const read = async () => (await service.metric('souk_cache_misses_total')) + (await hits(service)) >= 2;
      await waitFor(read, { what: 'the copies' });
    };
    const service = await start();
    await primed(service);
    const before = await loads(service);
    expect(await get(service, '/categories')).toEqual({
      status: 200,
      body: { items: [{ name: 'Tests', products: PRODUCTS }] },
    });
    await get(service, '/products?sort=newest&pageSize=12');
    expect(await loads(service)).toBe(before);
    // The copies are in the shared cache: whoever starts next has them from there.
    const next = await start();
    await primed(next);
    expect([await hits(next), await loads(next)]).toEqual([2, 0]);
  });

  it('questions to the shared cache are parts of the request that asks them, and nothing else is traced', async () => {
    const sink = await OtlpSink.start();
    try {
      const service = await start({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, TRACES_PER_SECOND: 'all' } });
      await seed(service);
      await sharedIsUp(service);
      await get(service, `/products/${idOf(9)}`);
      const ofRequests = () => {
        const requests = new Set(sink.spans.filter(({ kind }) => kind === SERVER_KIND).map(({ traceId }) => traceId));
        const commands = sink.spans.filter(({ attributes }) => attributes['db.system.name'] === 'redis');
        const names = new Set(commands.map(({ name }) => name));
        return names.size === 3 && commands.every(({ traceId }) => requests.has(traceId)) && [...names].toSorted();
      };
      const names = await waitFor(ofRequests, { what: 'spans of the shared cache' });
      expect(names).toEqual(['EVAL', 'MGET', 'SET']);
      expect(sink.named('SUBSCRIBE')).toEqual([]);
    } finally {
      await sink.stop();
    }
  });

  it('CCH-13 any replica answers any request: nothing about a caller is kept in one', async () => {
    const replicas = await Promise.all([start(), start()]);
    await seed(replicas[0] ?? (await start()));
    for (let n = 0; n < 10; n++) {
      const [writer, reader] = n % 2 === 0 ? replicas : replicas.toReversed();
      if (writer === undefined || reader === undefined) throw new Error('there are two');
      expect((await setPrice(writer, 1_000 + n)).status).toBe(200);
      await waitFor(async () => (await price(reader)) === 1_000 + n, { what: 'the price' });
    }
  });
});
