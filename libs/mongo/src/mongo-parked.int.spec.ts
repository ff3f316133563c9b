import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { KafkaProducer, type ProducerRecord, RecordRefused } from '@souk/kafka';
import { laneOf } from '@souk/outbox';
import { Metrics } from '@souk/observability';
import { testInfra, waitFor } from '@souk/testing';
import * as mongo from 'mongodb';
import type { LeaseDocument } from './lane-lease.js';
import { type DocumentWithEvents, MongoOutboxRelay, NOTHING_PENDING } from './mongo-outbox-relay.js';
import { discardParkedEvent, listParkedDocuments, retryParkedDocument } from './mongo-parked.js';
import { PendingWatch } from './pending-watch.js';

const DOCUMENTS = Array.from({ length: 12 }, (_, n) => `doc-${n}`);

/** Refuses what is called bad until `mended`. */
class PickyProducer extends KafkaProducer {
  readonly taken: string[] = [];
  mended = false;

  async send(records: readonly ProducerRecord[]): Promise<void> {
    if (!this.mended && records.some(({ value }) => value.includes('bad'))) throw new RecordRefused('too large');
    this.taken.push(...records.map(({ value }) => value));
  }

  async close(): Promise<void> {
    // Nothing to close.
  }
}

describe('replicas of the MongoDB relay, and what the broker refuses', () => {
  let client: mongo.MongoClient;
  let collection: mongo.Collection<DocumentWithEvents>;
  let leases: mongo.Collection<LeaseDocument>;
  let started: MongoOutboxRelay[];
  let warned: string[];

  beforeAll(async () => {
    client = await mongo.MongoClient.connect(testInfra().mongoUrl);
    const db = client.db(`test_parked_${randomUUID().slice(0, 8)}`);
    collection = db.collection('documents');
    leases = db.collection('leases');
  }, 30_000);
  afterAll(async () => {
    await collection.drop();
    await leases.drop();
    await client.close();
  });
  beforeEach(async () => {
    [started, warned] = [[], []];
    await leases.deleteMany({});
    await collection.deleteMany({});
    await collection.insertMany(DOCUMENTS.map((_id) => ({ _id, pendingLane: NOTHING_PENDING, pending: [] })));
  });
  afterEach(() => Promise.all(started.map((relay) => relay.stop())));

  const write = async (_id: string, value: string): Promise<void> => {
    const headers = { ce_time: new Date(Date.now() - 60_000).toISOString() };
    const event = { id: randomUUID(), topic: 'things.v1', key: _id, headers, value };
    await collection.updateOne({ _id }, { $set: { pendingLane: laneOf(_id) }, $push: { pending: event } });
  };

  async function start(producer: KafkaProducer): Promise<MongoOutboxRelay> {
    const relay = new MongoOutboxRelay({
      collection,
      leases,
      producer,
      logger: { info: () => undefined, warn: (_, message) => void warned.push(message) },
      name: 'test',
      restate: () => Promise.reject(new Error('not expected here')),
      pollMs: 20,
    });
    started.push(relay);
    await relay.start();
    return relay;
  }

  const parked = () => waitFor(async () => (await listParkedDocuments(collection))[0], { what: 'a parked document' });
  const drained = () =>
    waitFor(async () => (await collection.countDocuments({ pendingLane: { $ne: NOTHING_PENDING } })) === 0, {
      what: 'an empty outbox',
    });

  it('of more than fit into an answer, those parked longest are told', async () => {
    await collection.insertMany(
      [1, 2, 3].map((number) => {
        const at = new Date(1_000 - number);
        const why = { id: `event-${number}`, cause: 'too large', attempts: 1, firstAt: at, lastAt: at, nextAt: at };
        return { _id: `late-${number}`, pending: [], pendingLane: -2 - number, parked: why };
      }),
    );
    const told = await listParkedDocuments(collection, 2);
    expect(told.map(({ documentId }) => documentId)).toEqual(['late-3', 'late-2']);
  });

  it('a refused event waits with all later ones of its document, also those written meanwhile; others go on', async () => {
    await write('doc-1', 'one bad');
    await write('doc-1', 'two');
    await write('doc-2', 'other');
    const producer = new PickyProducer();
    const relay = await start(producer);
    const first = await parked();
    await write('doc-1', 'three');
    await write('doc-5', 'later');
    for (const id of ['doc-1', 'doc-5']) relay.wake(id);
    await waitFor(() => producer.taken.includes('later'), { what: 'the others' });
    expect(producer.taken.toSorted()).toEqual(['later', 'other']);
    expect(first).toMatchObject({ documentId: 'doc-1', parked: { cause: 'too large' } });
    expect((await parked()).pending.map(({ value }) => value)).toEqual(['one bad', 'two', 'three']);
    expect(warned).toEqual(['an event was refused, its document waits']);
  });

  it('it is tried again by itself and told once; when the broker takes it, all follow in order', async () => {
    await write('doc-1', 'one bad');
    await write('doc-1', 'two');
    const producer = new PickyProducer();
    await start(producer);
    await parked();
    await waitFor(async () => ((await parked()).parked.attempts ?? 0) > 1, { what: 'a second try' });
    producer.mended = true;
    await drained();
    expect(producer.taken).toEqual(['one bad', 'two']);
    expect(warned).toHaveLength(1);
    expect(await collection.findOne({ _id: 'doc-1' })).toEqual({ _id: 'doc-1', pendingLane: -1, pending: [] });
  }, 20_000);

  it('it can be tried at once, or dropped', async () => {
    for (const id of ['doc-1', 'doc-2']) {
      await write(id, `${id} bad`);
      await write(id, `${id} next`);
    }
    const producer = new PickyProducer();
    await start(producer);
    await waitFor(async () => (await listParkedDocuments(collection)).length === 2, { what: 'both' });
    const [dropped] = (await listParkedDocuments(collection)).filter(({ documentId }) => documentId === 'doc-1');
    expect(await discardParkedEvent(collection, 'doc-1', dropped?.parked.id ?? '')).toBe(true);
    expect(await discardParkedEvent(collection, 'doc-1', dropped?.parked.id ?? '')).toBe(false);
    await waitFor(() => producer.taken.includes('doc-1 next'), { what: 'what was behind it' });
    await collection.updateOne({ _id: 'doc-2' }, { $set: { 'parked.nextAt': new Date(Date.now() + 3_600_000) } });
    producer.mended = true;
    expect(await retryParkedDocument(collection, 'doc-2')).toBe(true);
    await drained();
    expect(producer.taken).toEqual(['doc-1 next', 'doc-2 bad', 'doc-2 next']);
    expect(await retryParkedDocument(collection, 'doc-2')).toBe(false);
  });

  it('what waits is told', async () => {
    await write('doc-1', 'one bad');
    await start(new PickyProducer());
    await parked();
    const metrics = new Metrics();
    await new PendingWatch(metrics, collection).look();
    expect(metrics.render()).toMatch(
      /souk_outbox_depth 1\n(.*\n)*souk_outbox_age_seconds 6\d\.?\d*\n(.*\n)*souk_outbox_parked 1\n/,
    );
  });

  /** Owner → its lanes. */
  const shares = async (): Promise<number[]> => {
    const held = await leases.find({ _id: { $in: [0, 1, 2, 3].map((lane) => `test/${lane}`) } }).toArray();
    const live = held.filter(({ expiresAt }) => expiresAt.getTime() > Date.now());
    return [...Map.groupBy(live, ({ owner }) => owner).values()].map(({ length }) => length).toSorted((a, b) => b - a);
  };

  it('lanes are spread over the relays that come, and go to those that stay', async () => {
    const producer = new PickyProducer();
    const busy = async (sizes: readonly number[]): Promise<void> => {
      await waitFor(
        async () => {
          for (const id of DOCUMENTS) await write(id, 'x');
          return JSON.stringify(await shares()) === JSON.stringify(sizes);
        },
        { what: `shares of ${sizes.join(' + ')}` },
      );
    };
    await start(producer);
    await busy([4]);
    await start(producer);
    await busy([2, 2]);
    await start(producer);
    await busy([2, 1, 1]);
    await started.pop()?.stop();
    await busy([2, 2]);
    await drained();
  }, 40_000);
});
