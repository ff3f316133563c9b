import { afterEach, describe, expect, it } from '@jest/globals';
import { startTelemetry, withSpan } from '@souk/observability';
import { OtlpSink, uniqueMongoUrl } from '@souk/testing';
import { isDuplicateKey } from './duplicate-key.js';
import { MongoStore } from './mongo-store.js';
import { StoreUnavailable, whenReachable } from './store-unavailable.js';

const quiet = { info: () => undefined, warn: () => undefined };

describe('a MongoDB store', () => {
  let store: MongoStore | undefined;
  afterEach(async () => {
    await store?.db.dropDatabase().catch(() => undefined);
    await store?.close();
  });

  it('is usable once it is connected and prepared, and not before', async () => {
    store = new MongoStore({
      url: uniqueMongoUrl('store'),
      logger: quiet,
      prepare: async (db) => void (await db.collection('things').createIndex({ name: 1 }, { unique: true })),
    });
    await expect(store.ping()).rejects.toThrow(StoreUnavailable);
    await expect(store.open()).resolves.toBe(true);
    await store.ping();
    const things = store.db.collection('things');
    await things.insertOne({ name: 'a' });
    const refused: unknown = await things.insertOne({ name: 'a' }).catch((error: unknown) => error);
    expect([isDuplicateKey(refused), isDuplicateKey(new Error('other'))]).toEqual([true, false]);
  });

  it('prepares again until it works', async () => {
    let failures = 2;
    const prepare = async (): Promise<void> => {
      if (failures-- > 0) throw new Error('not yet');
    };
    store = new MongoStore({ url: uniqueMongoUrl('store'), logger: quiet, prepare });
    await expect(store.open()).resolves.toBe(true);
    expect(failures).toBe(-1);
  });

  it('HEM: says at once that nobody answers, and stops trying when it is closed', async () => {
    const warnings: string[] = [];
    store = new MongoStore({
      url: 'mongodb://127.0.0.1:1/nowhere',
      logger: { warn: (_fields, message) => void warnings.push(message) },
    });
    const opening = store.open();
    await expect(store.ping()).rejects.toThrow(StoreUnavailable);
    const { db } = store;
    await expect(whenReachable(() => db.collection('things').findOne({}))).rejects.toThrow(StoreUnavailable);
    await store.close();
    await expect(opening).resolves.toBe(false);
    expect(warnings[0]).toContain('trying again');
    store = undefined;
  }, 15_000);

  it('traces commands that a request sends, without their values', async () => {
    const sink = await OtlpSink.start();
    const telemetry = await startTelemetry({
      tracesPerSecond: Infinity,
      serviceName: 'test',
      endpoint: sink.url,
      logger: quiet,
    });
    store = new MongoStore({ url: uniqueMongoUrl('store'), logger: quiet });
    await store.open();
    const { db } = store;
    await db.collection('things').findOne({ name: 'nobody asked' });
    await withSpan('request', {}, () => db.collection('things').findOne({ name: 'secret' }));
    await telemetry.shutdown();
    expect(sink.spans.filter(({ kind }) => kind === 3)).toMatchObject([
      { name: 'find things', parentSpanId: sink.named('request')[0]?.spanId },
    ]);
    expect(JSON.stringify(sink.spans)).not.toContain('secret');
    await sink.stop();
  });
});
