/** Pattern: Transactional outbox, the MongoDB side: pending events live inside the document they describe (docs/adr/0003). */
import { randomUUID } from 'node:crypto';
import type * as mongo from 'mongodb';
import { definePoint, failpoint } from '@souk/failpoints';
import type { OutgoingMessage } from '@souk/messaging';
import type { KafkaProducer, ProducerRecord } from '@souk/kafka';
import { LaneLease, type LeaseDocument } from './lane-lease.js';
import { encodeOutbox, laneOf, LANES } from '@souk/messaging';
import { Signal } from '@souk/messaging';

/** An event that waits in its document: final contract bytes and the message id it is removed by. */
export interface PendingEvent extends ProducerRecord {
  readonly id: string;
}

/** What the relay needs of a document. `pendingLane` is a plain number, because an index on it works on every MongoDB-wire server. */
export interface DocumentWithEvents {
  readonly _id: string;
  /** `laneOf(_id)` while events may be pending, else NOTHING_PENDING. */
  readonly pendingLane: number;
  /** In version order: the writer appends under a version check. */
  readonly pending: readonly PendingEvent[];
}

export const NOTHING_PENDING = -1;

/** Translates messages for `pending`; `source` is the CloudEvents source, e.g. `/souk/catalog`. */
export function encodePending(source: string, messages: readonly OutgoingMessage[]): PendingEvent[] {
  return messages.map((message) => {
    const [row] = encodeOutbox(source, [message]);
    if (row === undefined) throw new Error('a message was encoded to nothing');
    return { id: message.id, topic: row.topic, key: row.key, headers: row.headers, value: row.value };
  });
}

export interface MongoOutboxRelayOptions {
  readonly collection: mongo.Collection<DocumentWithEvents>;
  readonly leases: mongo.Collection<LeaseDocument>;
  readonly producer: KafkaProducer;
  readonly logger: Record<'info' | 'warn', (fields: object, message: string) => void>;
  /** Names the leases; one per collection. */
  readonly name: string;
  /**
   * Puts the newest event of these documents back into `pending`. Called when the broker took a batch after another relay had
   * taken the lane: what we sent may now be the last record of its key, and on a compacted topic the last record is the state.
   */
  readonly restate: (documentIds: readonly string[]) => Promise<void>;
  /** Safety net when every wake-up was lost, in ms. */
  readonly pollMs?: number;
  /** How long the lanes of a killed relay wait for a new owner, in ms. */
  readonly leaseMs?: number;
  /** Documents of one round. */
  readonly batch?: number;
  readonly now?: () => number;
}

interface Lane {
  readonly number: number;
  readonly lease: LaneLease;
  readonly signal: Signal;
}

const RETRY_MS = 200;
const BEFORE_SEND = definePoint('mongo-relay.before-send', 'pending events are read, nothing is published yet');
const AFTER_SEND = definePoint(
  'mongo-relay.after-send',
  'the broker has the events, they still stand in their documents',
);

/**
 * Publishes the pending events of a collection, in version order per document, and removes them after the broker's ack.
 *
 * There is no cursor: every round reads what is there. A lane belongs to the relay that holds its lease; the lease is renewed
 * while the relay works and confirmed by the store between the ack and the removal. A relay that lost it removes nothing: an
 * event can be sent twice, never dropped.
 */
export class MongoOutboxRelay {
  readonly #options: Required<MongoOutboxRelayOptions>;
  readonly #lanes: readonly Lane[];
  #running = false;
  #loops: Promise<unknown> = Promise.resolve();

  constructor(options: MongoOutboxRelayOptions) {
    this.#options = { pollMs: 1_000, leaseMs: 5_000, batch: 100, now: Date.now, ...options };
    const { leases, name, leaseMs, now } = this.#options;
    const owner = randomUUID();
    this.#lanes = Array.from({ length: LANES }, (_, number) => ({
      number,
      lease: new LaneLease({ leases, id: `${name}/${number}`, owner, leaseMs, now }),
      signal: new Signal(),
    }));
  }

  async start(): Promise<void> {
    this.#running = true;
    this.#loops = Promise.all(this.#lanes.map((lane) => this.#serve(lane)));
  }

  /** Finishes the rounds under way and gives the lanes back. */
  async stop(): Promise<void> {
    this.#running = false;
    for (const lane of this.#lanes) lane.signal.notify();
    await this.#loops;
  }

  /** Call after each write that left events in the document `documentId`. */
  wake(documentId: string): void {
    this.#lanes[laneOf(documentId)]?.signal.notify();
  }

  async #serve(lane: Lane): Promise<void> {
    let failing = false;
    while (this.#running) {
      try {
        const sent = await this.#round(lane);
        failing = false;
        if (sent === 0) await lane.signal.wait(this.#options.pollMs);
      } catch (error) {
        if (!failing)
          this.#options.logger.warn(
            { err: error, lane: lane.number },
            'pending events could not be relayed, trying on',
          );
        failing = true;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    await lane.lease.release().catch(() => undefined); // the lease runs out by itself
  }

  /** Publishes and removes one batch of documents; returns its size. */
  async #round(lane: Lane): Promise<number> {
    const { lease } = lane;
    const epoch = lease.epoch;
    let documents = await this.#read(lane.number);
    if (documents.length === 0 || !(await lease.acquire())) return 0;
    if (lease.epoch !== epoch) {
      // What was read before the lane became ours may have been published by its last owner since, newer versions included.
      this.#options.logger.info({ lane: lane.number, epoch: lease.epoch }, 'outbox lane taken');
      documents = await this.#read(lane.number);
    }
    if (await this.#publish(lane, documents)) {
      await this.#remove(documents);
    } else {
      this.#options.logger.warn({ lane: lane.number }, 'outbox lane lost while a batch was on its way');
      await this.#options.restate(documents.map((document) => document._id));
    }
    return documents.length;
  }

  #read(lane: number): Promise<DocumentWithEvents[]> {
    return this.#options.collection
      .find({ pendingLane: lane }, { projection: { pendingLane: 1, pending: 1 } })
      .sort({ _id: 1 })
      .limit(this.#options.batch)
      .toArray();
  }

  /** Whether the lane was still ours after the broker's ack. */
  async #publish({ lease }: Lane, documents: readonly DocumentWithEvents[]): Promise<boolean> {
    const { producer, leaseMs } = this.#options;
    const records = documents.flatMap(({ pending }) => pending.map(toRecord));
    // A broker that is slow to answer must not cost us the lane; a failed renewal shows in the confirmation below.
    const renewal = setInterval(() => void lease.confirm().catch(() => undefined), leaseMs / 3);
    try {
      await failpoint(BEFORE_SEND);
      if (records.length > 0) await producer.send(records);
      await failpoint(AFTER_SEND);
    } finally {
      clearInterval(renewal);
    }
    return lease.confirm();
  }

  /** Two steps, the second conditional: an event appended between them keeps its document in the lane. */
  async #remove(documents: readonly DocumentWithEvents[]): Promise<void> {
    const operations = documents.flatMap(({ _id, pending }): mongo.AnyBulkWriteOperation<DocumentWithEvents>[] => [
      { updateOne: { filter: { _id }, update: { $pull: { pending: { id: { $in: pending.map(({ id }) => id) } } } } } },
      { updateOne: { filter: { _id, pending: { $size: 0 } }, update: { $set: { pendingLane: NOTHING_PENDING } } } },
    ]);
    if (operations.length > 0) await this.#options.collection.bulkWrite(operations, { ordered: true });
  }
}

const toRecord = ({ topic, key, headers, value }: PendingEvent): ProducerRecord => ({ topic, key, headers, value });
