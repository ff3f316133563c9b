import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { configureFailpoints } from '@souk/failpoints';
import { testInfra, waitFor } from '@souk/testing';
import * as mongo from 'mongodb';
import { KafkaProducer, type ProducerRecord } from '@souk/kafka';
import type { LeaseDocument } from './lane-lease.js';
import {
  type DocumentWithEvents,
  MongoOutboxRelay,
  type MongoOutboxRelayOptions,
  NOTHING_PENDING,
  type PendingEvent,
} from './mongo-outbox-relay.js';
import { laneOf } from '@souk/outbox';

const quiet = { info: () => undefined, warn: () => undefined };
const DOCUMENTS = Array.from({ length: 8 }, (_, n) => `doc-${n}`);

/** Keeps what the broker took; `before` can delay or fail a send, `after` happens before the sender knows of the ack. */
class RecordingProducer extends KafkaProducer {
  before: () => Promise<void> = () => Promise.resolve();
  after: () => Promise<void> = () => Promise.resolve();

  constructor(readonly log: string[] = []) {
    super();
  }

  async send(records: readonly ProducerRecord[]): Promise<void> {
    await this.before();
    this.log.push(...records.map((record) => record.value));
    await this.after();
  }

  async close(): Promise<void> {
    // Nothing to close.
  }
}

describe('MongoDB outbox relay', () => {
  let client: mongo.MongoClient;
  let collection: mongo.Collection<DocumentWithEvents>;
  let leases: mongo.Collection<LeaseDocument>;
  let started: MongoOutboxRelay[];

  beforeAll(async () => {
    client = await mongo.MongoClient.connect(testInfra().mongoUrl);
    const db = client.db(`test_relay_${randomUUID().slice(0, 8)}`);
    collection = db.collection('documents');
    leases = db.collection('leases');
  }, 30_000);
  afterAll(async () => {
    await collection.drop();
    await leases.drop();
    await client.close();
  });
  beforeEach(async () => {
    started = [];
    await leases.deleteMany({});
    await collection.deleteMany({});
    await collection.insertMany(DOCUMENTS.map((_id) => ({ _id, pendingLane: NOTHING_PENDING, pending: [] })));
  });
  afterEach(async () => {
    configureFailpoints('');
    await Promise.all(started.map((relay) => relay.stop()));
  });

  const eventOf = (id: string, version: number): PendingEvent => {
    const name = `${id}@${version}`;
    return { id: name, topic: 'things.v1', key: id, headers: {}, value: name };
  };

  const write = async (id: string, version: number): Promise<void> => {
    const change = { $set: { pendingLane: laneOf(id) }, $push: { pending: eventOf(id, version) } };
    await collection.updateOne({ _id: id }, change);
  };

  /** The simplest honest restatement: the test knows the newest event. */
  const restateAs = (version: number) => async (ids: readonly string[]) => {
    for (const id of ids) await write(id, version);
  };

  const start = async (
    producer: KafkaProducer,
    change: Partial<MongoOutboxRelayOptions> = {},
  ): Promise<MongoOutboxRelay> => {
    const relay = new MongoOutboxRelay({
      collection,
      leases,
      producer,
      logger: quiet,
      name: 'test',
      restate: () => Promise.reject(new Error('not expected here')),
      pollMs: 10,
      ...change,
    });
    started.push(relay);
    await relay.start();
    return relay;
  };

  const drained = () =>
    waitFor(async () => (await collection.countDocuments({ pendingLane: { $ne: NOTHING_PENDING } })) === 0, {
      what: 'an empty outbox',
    });

  /** Per document the versions as the broker has them, duplicates included. */
  const versionsOf = (log: readonly string[], id: string): number[] =>
    log.filter((value) => value.startsWith(`${id}@`)).map((value) => Number(value.split('@')[1]));

  it('publishes what was written before it started, in version order, and leaves nothing behind', async () => {
    for (const id of DOCUMENTS) for (const version of [1, 2, 3]) await write(id, version);
    const producer = new RecordingProducer();
    await start(producer);
    await drained();
    expect(producer.log).toHaveLength(3 * DOCUMENTS.length);
    for (const id of DOCUMENTS) expect(versionsOf(producer.log, id)).toEqual([1, 2, 3]);
    expect(await collection.countDocuments({ pending: { $size: 0 } })).toBe(DOCUMENTS.length);
  });

  it('is woken by a write long before its poll', async () => {
    const producer = new RecordingProducer();
    await write('doc-1', 1);
    const relay = await start(producer, { pollMs: 60_000 });
    await drained();
    // By now it sleeps; at its start it would have looked by itself.
    await sleep(300);
    await write('doc-1', 2);
    relay.wake('doc-1');
    await waitFor(() => producer.log.length === 2, { what: 'the event' });
  });

  it('finds by its poll what nobody woke it for', async () => {
    const producer = new RecordingProducer();
    await start(producer, { pollMs: 50 });
    await write('doc-1', 1);
    await waitFor(() => producer.log.length === 1, { what: 'the event' });
  });

  it('keeps an event that is written while an older one is on its way', async () => {
    const producer = new RecordingProducer();
    producer.after = async () => {
      producer.after = () => Promise.resolve();
      await write('doc-1', 2);
    };
    await write('doc-1', 1);
    await start(producer);
    await drained();
    expect(versionsOf(producer.log, 'doc-1')).toEqual([1, 2]);
  });

  it.each(['mongo-relay.before-send', 'mongo-relay.after-send'])('loses nothing when it fails at %s', async (point) => {
    configureFailpoints(`${point}=throw@1`);
    await write('doc-1', 1);
    const producer = new RecordingProducer();
    await start(producer);
    await drained();
    expect(versionsOf(producer.log, 'doc-1')).toEqual(point.endsWith('before-send') ? [1] : [1, 1]);
  });

  it('goes on when the broker refused', async () => {
    const producer = new RecordingProducer();
    producer.before = () => {
      producer.before = () => Promise.resolve();
      return Promise.reject(new Error('no leader'));
    };
    await write('doc-1', 1);
    await start(producer);
    await drained();
    expect(versionsOf(producer.log, 'doc-1')).toEqual([1]);
  });

  it('takes over from one that died between the ack and the removal, and sends the event again', async () => {
    const broker: string[] = [];
    const dead = new RecordingProducer(broker);
    const { promise: never, resolve: endTest } = Promise.withResolvers<void>();
    dead.after = () => never;
    await write('doc-1', 1);
    // A killed process renews nothing; a relay of this process that hangs would, so its clock stands still far in the past.
    const died = Date.now() - 60_000;
    const corpse = new MongoOutboxRelay({
      collection,
      leases,
      producer: dead,
      logger: quiet,
      name: 'test',
      restate: () => Promise.resolve(),
      now: () => died,
    });
    started.push(corpse);
    await corpse.start();
    await waitFor(() => broker.length === 1, { what: 'the first send' });
    await write('doc-1', 2);
    await start(new RecordingProducer(broker));
    await drained();
    expect(versionsOf(broker, 'doc-1')).toEqual([1, 1, 2]);
    endTest();
  });

  it('two relays publish every event once and in order, whoever has the lane', async () => {
    const broker: string[] = [];
    const both = [await start(new RecordingProducer(broker)), await start(new RecordingProducer(broker))];
    for (let version = 1; version <= 30; version++) {
      await Promise.all(DOCUMENTS.map((id) => write(id, version)));
      for (const relay of both) for (const id of DOCUMENTS) relay.wake(id);
      // The lanes change hands on the way: a relay that is stopped gives them back.
      if (version === 15) await both[0]?.stop();
      if (version === 20) await both[0]?.start();
      if (version === 25) await both[1]?.stop();
    }
    await drained();
    const all = Array.from({ length: 30 }, (_, n) => n + 1);
    for (const id of DOCUMENTS) expect(versionsOf(broker, id)).toEqual(all);
  });

  it('keeps its lane during a send that takes longer than a lease', async () => {
    const broker: string[] = [];
    const slow = new RecordingProducer(broker);
    slow.before = () => new Promise((resolve) => setTimeout(resolve, 2_000));
    await write('doc-1', 1);
    await start(slow, { leaseMs: 600 });
    await waitFor(() => leases.countDocuments({}), { what: 'the lease' });
    await start(new RecordingProducer(broker), { leaseMs: 600 });
    await drained();
    await Promise.all(started.map((relay) => relay.stop()));
    expect(versionsOf(broker, 'doc-1')).toEqual([1]);
  });

  it('reads again when it takes a lane: what it saw before may be published by the last owner', async () => {
    const producer = new RecordingProducer();
    await write('doc-1', 1);
    const lastOwner = new Proxy(leases, {
      get: (target, name: keyof typeof leases) => {
        if (name !== 'findOne') return typeof target[name] === 'function' ? target[name].bind(target) : target[name];
        return async (filter: { _id: string }) => {
          await collection.updateOne({ _id: 'doc-1' }, { $set: { pending: [eventOf('doc-1', 2)] } });
          return target.findOne(filter);
        };
      },
    });
    await start(producer, { leases: lastOwner });
    await drained();
    expect(versionsOf(producer.log, 'doc-1')).toEqual([2]);
  });

  it.each([
    ['', 0],
    [', also where the store is away at first', 1],
  ])(
    'that lost its lane during a send removes nothing and has the newest event stated again%s',
    async (_when, failures) => {
      const broker: string[] = [];
      const loser = new RecordingProducer(broker);
      const winner = new RecordingProducer(broker);
      let isHung = false;
      // Nothing is heard of it any more: else the lane may stay its own.
      const hanging = new Proxy(leases, {
        get: (target, name: keyof typeof leases) => {
          if (name !== 'updateOne')
            return typeof target[name] === 'function' ? target[name].bind(target) : target[name];
          return async (
            filter: { _id: string },
            ...change: [mongo.UpdateFilter<LeaseDocument>, mongo.UpdateOptions]
          ) => {
            if (isHung && filter._id.includes('/member/')) throw new Error('hangs');
            return target.updateOne(filter, ...change);
          };
        },
      });
      await write('doc-1', 1);
      // The send is stuck, the lane passes to another, which publishes versions 1 and 2; only then the old send arrives.
      loser.before = async () => {
        loser.before = () => Promise.resolve();
        isHung = true;
        await leases.updateMany({}, { $set: { expiresAt: new Date(0), owner: 'nobody' }, $inc: { epoch: 1 } });
        await write('doc-1', 2);
        await start(winner, { restate: restateAs(2) });
        await waitFor(() => broker.length === 2, { what: 'the sends of the winner' });
      };
      const restated: string[] = [];
      await start(loser, {
        leases: hanging,
        restate: async (ids) => {
          restated.push(...ids);
          if (restated.length === failures) throw new Error('the store is away');
          await restateAs(2)(ids);
        },
      });
      await waitFor(() => broker.length === 4, { what: 'the restatement' });
      await drained();
      expect(restated).toEqual(Array.from({ length: 1 + failures }, () => 'doc-1'));
      expect(versionsOf(broker, 'doc-1')).toEqual([1, 2, 1, 2]);
    },
  );
});
