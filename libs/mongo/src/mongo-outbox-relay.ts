/** Pattern: Transactional outbox, the MongoDB side: pending events live inside the document they describe (docs/adr/0003). */
import { randomUUID } from 'node:crypto';
import type * as mongo from 'mongodb';
import { definePoint, failpoint } from '@souk/failpoints';
import type { KafkaProducer, ProducerRecord } from '@souk/kafka';
import { encodeOutbox, laneOf, LANES, type OutgoingMessage, sendApart, type SendResult, Signal } from '@souk/outbox';
import { LaneLease, type LeaseDocument } from './lane-lease.js';
import { LaneMembers } from './lane-members.js';
import { type ParkedEvent, parkedLane } from './mongo-parked.js';
import { putBack, settlementOf } from './mongo-settlement.js';

/** An event that waits in its document: final contract bytes and the message id it is removed by. */
export interface PendingEvent extends ProducerRecord {
  readonly id: string;
}

/** What the relay needs of a document. `pendingLane` is a plain number, because an index on it works on every MongoDB-wire server. */
export interface DocumentWithEvents {
  readonly _id: string;
  /** `laneOf(_id)` while events may be pending, `parkedLane` of that while they wait, else NOTHING_PENDING. */
  readonly pendingLane: number;
  /** In version order: the writer appends under a version check. */
  readonly pending: readonly PendingEvent[];
  /** The relay's own: why the events wait. Writers know nothing of it. */
  readonly parked?: ParkedEvent;
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
  /** Documents whose events were sent, without word from the store that the lane was ours all the while. */
  readonly unconfirmed: Set<string>;
  /** When parked documents are looked for next; monotonic, ms. */
  parkedLookAt: number;
}

const RETRY_MS = 200;
const PARKED_EVERY_MS = 2_000;
const MANY_PARKED = 1_000;
const BEFORE_SEND = definePoint('mongo-relay.before-send', 'pending events are read, nothing is published yet');
const AFTER_SEND = definePoint(
  'mongo-relay.after-send',
  'the broker has the events, they still stand in their documents',
);
const AFTER_REMOVE = definePoint('mongo-relay.after-remove', 'published events have left their documents');

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
  readonly #members: LaneMembers;
  readonly #beat = new Signal();
  #running = false;
  #loops: Promise<unknown> = Promise.resolve();

  constructor(options: MongoOutboxRelayOptions) {
    this.#options = { pollMs: 1_000, leaseMs: 4_000, batch: 100, now: Date.now, ...options };
    const { leases, name, leaseMs, now } = this.#options;
    const owner = randomUUID();
    this.#members = new LaneMembers({ leases, name, owner, memberMs: leaseMs * 0.75, now });
    this.#lanes = Array.from({ length: LANES }, (_, number) => ({
      number,
      lease: new LaneLease({ leases, id: `${name}/${number}`, owner, leaseMs, now }),
      signal: new Signal(),
      unconfirmed: new Set<string>(),
      parkedLookAt: 0,
    }));
  }

  async start(): Promise<void> {
    this.#running = true;
    this.#loops = Promise.all([this.#keepCounting(), ...this.#lanes.map((lane) => this.#serve(lane))]);
  }

  /** Finishes the rounds under way and gives the lanes back. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#beat.notify();
    for (const lane of this.#lanes) lane.signal.notify();
    await this.#loops;
  }

  /** Call after each write that left events in the document `documentId`. */
  wake(documentId: string): void {
    this.#lanes[laneOf(documentId)]?.signal.notify();
  }

  /** Says that this relay is there, and wakes the lanes when its share of them has changed. */
  async #keepCounting(): Promise<void> {
    while (this.#running) {
      const before = this.#members.share;
      await this.#members.beat().catch(() => undefined); // the store is away: the lanes find out themselves
      const changed = before.symmetricDifference(this.#members.share);
      for (const lane of changed) this.#lanes[lane]?.signal.notify();
      await this.#beat.wait(this.#options.leaseMs / 4);
    }
    await this.#members.leave().catch(() => undefined); // it counts for a moment longer
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
    await this.#settleUnconfirmed(lane).catch(() => undefined);
    await lane.lease.release().catch(() => undefined); // the lease runs out by itself
  }

  /** Publishes and removes one batch of documents; returns how many it has settled. */
  async #round(lane: Lane): Promise<number> {
    const { lease } = lane;
    await this.#settleUnconfirmed(lane);
    const epoch = lease.epoch;
    if (!this.#members.share.has(lane.number)) {
      if (epoch !== undefined) await lease.release();
      return 0;
    }
    let documents = await this.#read(lane);
    if (documents.length === 0 || !(await lease.acquire())) return 0;
    if (lease.epoch !== epoch) {
      // What was read before the lane became ours may have been published by its last owner since, newer versions included.
      this.#options.logger.info({ lane: lane.number, epoch: lease.epoch }, 'outbox lane taken');
      documents = await this.#read(lane);
    }
    const now = this.#options.now();
    const [waiting, ready] = [documents.filter((one) => waits(one, now)), documents.filter((one) => !waits(one, now))];
    const result = await this.#publish(lane, ready);
    if (result === undefined) await this.#settleUnconfirmed(lane);
    else await this.#settle(lane, ready, result, waiting);
    return documents.length;
  }

  /** What went out under a lane that was lost may have come after what its next owner sent, newer versions included. */
  async #settleUnconfirmed(lane: Lane): Promise<void> {
    if (lane.unconfirmed.size === 0) return;
    if (!(await lane.lease.confirm())) {
      this.#options.logger.warn({ lane: lane.number }, 'outbox lane lost while a batch was on its way');
      await this.#options.restate([...lane.unconfirmed]);
    }
    lane.unconfirmed.clear();
  }

  /** Those of the lane, and now and then parked ones that are to be tried again. */
  async #read(lane: Lane): Promise<DocumentWithEvents[]> {
    const documents = await this.#find({ pendingLane: lane.number }, this.#options.batch);
    if (performance.now() < lane.parkedLookAt) return documents;
    lane.parkedLookAt = performance.now() + PARKED_EVERY_MS;
    const parked = await this.#find({ pendingLane: parkedLane(lane.number) }, MANY_PARKED);
    const now = this.#options.now();
    return [...documents, ...parked.filter((document) => !waits(document, now))];
  }

  #find(filter: mongo.Filter<DocumentWithEvents>, limit: number): Promise<DocumentWithEvents[]> {
    return this.#options.collection
      .find(filter, { projection: { pendingLane: 1, pending: 1, parked: 1 } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
  }

  /** Undefined when the lane was not ours any more after the broker's ack. */
  async #publish(
    { lease, unconfirmed }: Lane,
    documents: readonly DocumentWithEvents[],
  ): Promise<SendResult<PendingEvent> | undefined> {
    const { producer, leaseMs } = this.#options;
    const events = documents.flatMap(({ pending }) => pending);
    // A broker that is slow to answer must not cost us the lane; a failed renewal shows in the confirmation below.
    const renewal = setInterval(() => void lease.confirm().catch(() => undefined), leaseMs / 3);
    try {
      await failpoint(BEFORE_SEND);
      for (const { _id } of documents) unconfirmed.add(_id);
      const send = (some: readonly PendingEvent[]) => producer.send(some.map(toRecord));
      const result = events.length > 0 ? await sendApart({ send }, events) : { sent: [], refused: [] };
      await failpoint(AFTER_SEND);
      if (!(await lease.confirm())) return undefined;
      unconfirmed.clear();
      return result;
    } finally {
      clearInterval(renewal);
    }
  }

  async #settle(
    lane: Lane,
    documents: readonly DocumentWithEvents[],
    result: SendResult<PendingEvent>,
    waiting: readonly DocumentWithEvents[],
  ): Promise<void> {
    const now = this.#options.now();
    const operations = documents.flatMap((document) => {
      const settlement = settlementOf(document, result, lane.number, now);
      const { parked } = settlement;
      if (parked?.attempts === 1)
        this.#options.logger.warn({ documentId: document._id, ...parked }, 'an event was refused, its document waits');
      return settlement.operations;
    });
    const all = [...operations, ...waiting.map((document) => putBack(document, lane.number))];
    if (all.length > 0) await this.#options.collection.bulkWrite(all, { ordered: true });
    await failpoint(AFTER_REMOVE);
  }
}

const waits = ({ parked }: DocumentWithEvents, now: number): boolean =>
  parked !== undefined && parked.nextAt.getTime() > now;

const toRecord = ({ topic, key, headers, value }: PendingEvent): ProducerRecord => ({ topic, key, headers, value });
