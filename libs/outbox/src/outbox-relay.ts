/** Pattern: Transactional outbox, the relay half (docs/adr/0003, docs/adr/0020). */
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Logger } from '@souk/observability';
import { definePoint, failpoint } from '@souk/failpoints';
import type { KafkaProducer } from '@souk/kafka';
import { Gathering } from './gathering.js';
import { LANES, type Queryable } from './outbox.js';
import { CHANNEL, LANES_CHANGED, OutboxLanes } from './outbox-lanes.js';
import { parkedInLanes, parkRow, stillThere, topicIsBack, unparkPublished } from './outbox-parked.js';
import { type Refusal, sendApart, type StoredRow } from './outbox-send.js';
import { NEVER_AS_A_WHOLE, NEXT, READ } from './outbox-statements.js';
import { Signal } from './signal.js';

export interface OutboxRelayOptions {
  readonly pool: pg.Pool;
  readonly producer: KafkaProducer;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Safety net when every wake-up was lost, in ms. */
  readonly pollMs?: number;
  /** Rows of one round. */
  readonly batch?: number;
  /** Under load a round waits so long, in ms, before it looks for the next: fewer sends, later messages; 0 is never. */
  readonly gatherMs?: number;
}

const BEFORE_SEND = definePoint('relay.before-send', 'outbox rows are read, nothing is published yet');
const AFTER_SEND = definePoint('relay.after-send', 'outbox rows are published, they still stand in the outbox');
const AFTER_DELETE = definePoint('relay.after-delete', 'published outbox rows are deleted, nobody knows yet');
const BEFORE_PARK = definePoint('relay.before-park', 'the broker has refused a row for good, it is not parked yet');
const AFTER_PARK = definePoint(
  'relay.after-park',
  'a refused row is parked, the others of its round are not deleted yet',
);

/** How often a relay looks who else is there, and at what is parked, in ms. */
const BEAT_MS = 1_000;
/** The same while somebody else holds a lane of its share. */
const SHORT_BEAT_MS = 200;
/** A session that says nothing for seconds counts as hung (outbox-lanes.ts), so a long send says that it is alive. */
const ALIVE_MS = 1_000;
const RETRY_MS = 200;

type Epochs = OutboxLanes['epochs'];

/** Publishes what stands in the outbox table. */
export abstract class OutboxRelay {
  abstract start(): Promise<void>;
  /** Finishes what is under way: nothing is sent afterwards. */
  abstract stop(): Promise<void>;
  /** Call after each commit that wrote outbox rows. */
  abstract wake(): void;
}

/**
 * Publishes outbox rows in commit order per aggregate and deletes them after the broker's ack.
 *
 * There is no cursor: a cursor over a serial id skips rows that commit late. Every round takes what is there, in id order,
 * which per aggregate is commit order (outbox.ts states the invariant); the statement that deletes a round finds the next one.
 * Each lane belongs to the one relay that holds its advisory lock; a lock lost with its connection is caught by the lane's
 * epoch, compared in the delete, so a deposed relay can repeat a message but never remove one it does not own. A row that the
 * broker refuses for good is parked, and its topic and key wait behind it.
 */
export class LaneOutboxRelay extends OutboxRelay {
  readonly #options: Required<OutboxRelayOptions>;
  readonly #signal = new Signal();
  readonly #gathering: Gathering;
  #lanes: OutboxLanes | undefined;
  #running = false;
  #loop: Promise<void> = Promise.resolve();
  #notifying = false;
  #notifyAgain = false;
  #beatDue = true;
  /** Whether anything in our lanes is parked; only the owner of a lane parks. */
  #parked = false;
  /** The retry of parked rows that is under way. */
  #retry: Promise<void> | undefined;
  #failing = false;

  constructor(options: OutboxRelayOptions) {
    super();
    this.#options = { pollMs: 250, batch: 500, gatherMs: 1, ...options };
    this.#gathering = new Gathering(this.#options.gatherMs, this.#options.batch);
  }

  async start(): Promise<void> {
    this.#running = true;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#signal.notify();
    await this.#loop;
    await this.#retry; // outlives a connection that broke
  }

  /** Other replicas are told only if they may own one of the lanes. */
  wake(): void {
    this.#signal.notify();
    if ((this.#lanes?.epochs.size ?? 0) >= LANES) return;
    if (this.#notifying) this.#notifyAgain = true;
    else this.#notifyOthers();
  }

  /** One NOTIFY for all commits while the last was under way: a NOTIFY per transaction would serialise the commits of the database. */
  #notifyOthers(): void {
    this.#notifying = true;
    this.#options.pool
      .query(`notify ${CHANNEL}`)
      .catch(() => undefined) // the owner's poll finds the rows
      .finally(() => {
        this.#notifying = false;
        if (!this.#notifyAgain || !this.#running) return;
        this.#notifyAgain = false;
        this.#notifyOthers();
      });
  }

  async #run(): Promise<void> {
    while (this.#running) {
      try {
        await this.#serve();
      } catch (error) {
        this.#options.logger.warn({ err: error }, 'outbox relay lost its connection, starting over');
        await delay(RETRY_MS);
      }
    }
  }

  /** Lives on one connection, because advisory locks do. */
  async #serve(): Promise<void> {
    const client = await this.#options.pool.connect();
    const wake = (): void => this.#signal.notify();
    const told = ({ payload }: pg.Notification): void => {
      if (payload === LANES_CHANGED) this.#beatDue = true;
      this.#signal.notify();
    };
    let failed = true;
    client.on('error', wake);
    client.on('notification', told);
    try {
      const lanes = new OutboxLanes(client, this.#options.logger);
      this.#lanes = lanes;
      await client.query(NEVER_AS_A_WHOLE);
      await lanes.join();
      await this.#work(client, lanes);
      if (this.#retry) await whileAlive(client, this.#retry);
      await lanes.leave();
      await client.query('reset enable_seqscan');
      failed = false;
    } finally {
      this.#lanes = undefined;
      client.off('error', wake);
      client.off('notification', told);
      client.release(failed); // a destroyed session gives its locks back
    }
  }

  async #work(client: pg.ClientBase, lanes: OutboxLanes): Promise<void> {
    let nextBeat = 0;
    let ahead: readonly StoredRow[] = [];
    this.#beatDue = true;
    while (this.#running) {
      if (this.#beatDue || performance.now() >= nextBeat) {
        this.#beatDue = false;
        const complete = await lanes.balance();
        await this.#lookAtParked(client, lanes);
        nextBeat = performance.now() + (complete ? BEAT_MS : SHORT_BEAT_MS);
        ahead = []; // read for other lanes, with other keys parked
      }
      ahead = await this.#publish(client, lanes, ahead.length > 0 ? ahead : await this.#read(client, lanes));
      if (ahead.length > 0 || this.#beatDue || !this.#running) continue;
      // What was committed since the last look has woken us.
      await this.#signal.wait(Math.max(1, Math.min(this.#options.pollMs, nextBeat - performance.now())));
    }
  }

  async #read(client: pg.ClientBase, lanes: OutboxLanes): Promise<readonly StoredRow[]> {
    return lanes.epochs.size === 0 ? [] : this.#look(client, READ, [[...lanes.epochs.keys()], this.#options.batch]);
  }

  async #look(client: pg.ClientBase, statement: typeof READ, values: unknown[]): Promise<readonly StoredRow[]> {
    this.#signal.clear(); // it finds what was committed by now
    const query = this.#parked ? statement.unparked : statement.all;
    return (await client.query<StoredRow>({ ...query, values })).rows;
  }

  /** Publishes and deletes one batch. @returns what is there by now; nothing when the broker is away */
  async #publish(client: pg.ClientBase, lanes: OutboxLanes, rows: readonly StoredRow[]): Promise<readonly StoredRow[]> {
    if (rows.length === 0) return [];
    this.#gathering.began(rows.length);
    await failpoint(BEFORE_SEND);
    const result = await this.#send(client, rows);
    if (result === undefined) return [];
    await failpoint(AFTER_SEND);
    for (const refusal of result.refused) await this.#park(client, lanes.epochs, refusal);
    if (this.#gathering.pauseMs > 0) await delay(this.#gathering.pauseMs);
    const next = result.sent.length > 0 ? this.#next(client, lanes, result.sent) : this.#read(client, lanes);
    return next.finally(() => this.#gathering.ended());
  }

  /** Undefined when the broker is away: the lanes stay ours, nobody else could do more. */
  async #send(client: pg.ClientBase, rows: readonly StoredRow[]) {
    try {
      const result = await whileAlive(client, sendApart(this.#options.producer, rows));
      this.#failing = false;
      return result;
    } catch (error) {
      if (!this.#failing) this.#options.logger.warn({ err: error }, 'outbox rows could not be published, trying on');
      this.#failing = true;
      await delay(RETRY_MS);
      return undefined;
    }
  }

  async #next(
    client: pg.ClientBase,
    { epochs }: OutboxLanes,
    sent: readonly StoredRow[],
  ): Promise<readonly StoredRow[]> {
    const ids = sent.map((row) => row.id);
    const rows = await this.#look(client, NEXT, [[...epochs.keys()], this.#options.batch, ids, [...epochs.values()]]);
    await failpoint(AFTER_DELETE);
    return rows;
  }

  async #park(db: Queryable, epochs: Epochs, { row, cause }: Refusal<StoredRow>): Promise<void> {
    await failpoint(BEFORE_PARK);
    const attempts = await parkRow(db, row, epochs.get(row.lane) ?? 0, cause);
    this.#parked = true;
    const { id, topic, key } = row;
    if (attempts === 1)
      this.#options.logger.warn({ id, topic, key, cause }, 'an outbox row was refused, its key waits');
    await failpoint(AFTER_PARK);
  }

  /** Beside the rounds: a missing topic costs the client seconds, and no other key is behind these rows. */
  async #lookAtParked(client: pg.ClientBase, lanes: OutboxLanes): Promise<void> {
    const epochs = new Map(lanes.epochs);
    if (epochs.size === 0) return;
    const { parked, due } = await parkedInLanes(client, [...epochs.keys()], this.#options.batch);
    this.#parked = parked > 0;
    if (due.length === 0 || this.#retry) return;
    this.#retry = this.#retryParked(due, epochs)
      .then((settled) => (this.#beatDue ||= settled)) // more may be due by now
      .catch((err: unknown) => this.#options.logger.warn({ err }, 'parked outbox rows could not be tried again'))
      .then(() => {
        this.#retry = undefined;
        this.#signal.notify();
      });
  }

  /** Topic by topic, because a refusal can take seconds in which an operator drops a row. @returns whether anything was settled */
  async #retryParked(rows: readonly StoredRow[], epochs: Epochs): Promise<boolean> {
    const { producer, pool, logger } = this.#options;
    let settled = false;
    for (const [topic, ofTopic] of Map.groupBy(rows, (row) => row.topic)) {
      const wanted = this.#running ? await stillThere(pool, ofTopic) : [];
      if (wanted.length === 0) continue;
      const { sent, refused } = await sendApart(producer, wanted);
      for (const row of sent) {
        await unparkPublished(pool, row, epochs.get(row.lane) ?? 0);
        logger.info({ id: row.id, topic, key: row.key }, 'a refused outbox row was published');
      }
      if (sent.length > 0) await topicIsBack(pool, topic);
      for (const refusal of refused) await this.#park(pool, epochs, refusal);
      settled = true;
    }
    return settled;
  }
}

/** The outcome of `work`, during which the session says that it does not hang. */
async function whileAlive<T>(client: pg.ClientBase, work: Promise<T>): Promise<T> {
  const alive = setInterval(() => void client.query('select 1').catch(() => undefined), ALIVE_MS);
  try {
    return await work;
  } finally {
    clearInterval(alive);
  }
}
