/** Pattern: Transactional outbox, the relay half (docs/adr/0003). */
import type pg from 'pg';
import type { Logger } from '@souk/observability';
import { definePoint, failpoint } from '@souk/failpoints';
import type { KafkaProducer, ProducerRecord } from '@souk/kafka';
import { LANES } from './outbox.js';
import { Signal } from './signal.js';

export interface OutboxRelayOptions {
  readonly pool: pg.Pool;
  readonly producer: KafkaProducer;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Safety net when every wake-up was lost, in ms. */
  readonly pollMs?: number;
  /** Rows of one round. */
  readonly batch?: number;
}

const BEFORE_SEND = definePoint('relay.before-send', 'outbox rows are read, nothing is published yet');
const AFTER_SEND = definePoint('relay.after-send', 'outbox rows are published, they still stand in the outbox');

/** First half of the advisory lock's key, so that relay locks meet no other use of advisory locks in the database. */
const LOCK_SPACE = 0x5011;
const CHANNEL = 'souk_outbox';
/** How often a relay that lacks lanes asks again, in ms: the time until a dead replica's lanes have a new owner. */
const CLAIM_EVERY = 1_000;
const RETRY_MS = 200;

interface Row extends ProducerRecord {
  readonly id: number | string;
}

/** Publishes what stands in the outbox table. */
export abstract class OutboxRelay {
  abstract start(): Promise<void>;
  /** Finishes the round under way. */
  abstract stop(): Promise<void>;
  /** Call after each commit that wrote outbox rows. */
  abstract wake(): void;
}

/**
 * Publishes outbox rows in commit order per aggregate and deletes them after the broker's ack.
 *
 * There is no cursor: a cursor over a serial id skips rows that commit late. Every round reads what is there, in id order,
 * which per aggregate is commit order (outbox.ts states the invariant). Each lane belongs to the one relay that holds its
 * advisory lock; a lock lost with its connection is caught by the lane's epoch, compared in the delete, so a deposed relay
 * can repeat a message but never remove one it does not own.
 */
export class LaneOutboxRelay extends OutboxRelay {
  readonly #options: Required<OutboxRelayOptions>;
  readonly #signal = new Signal();
  readonly #epochs = new Map<number, number>();
  #running = false;
  #loop: Promise<void> = Promise.resolve();
  #notifying = false;

  constructor(options: OutboxRelayOptions) {
    super();
    this.#options = { pollMs: 250, batch: 500, ...options };
  }

  async start(): Promise<void> {
    this.#running = true;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#signal.notify();
    await this.#loop;
  }

  /** Other replicas are told only if they may own one of the lanes. */
  wake(): void {
    this.#signal.notify();
    if (this.#epochs.size < LANES && !this.#notifying) this.#notifyOthers();
  }

  /** One NOTIFY for all commits since the last: a NOTIFY per transaction would serialise the commits of the database. */
  #notifyOthers(): void {
    this.#notifying = true;
    this.#options.pool
      .query(`notify ${CHANNEL}`)
      .catch(() => undefined) // the owner's poll finds the rows
      .finally(() => {
        this.#notifying = false;
      });
  }

  async #run(): Promise<void> {
    while (this.#running) {
      try {
        await this.#serve();
      } catch (error) {
        this.#options.logger.warn({ err: error }, 'outbox relay lost its connection or the broker, starting over');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** Lives on one connection, because advisory locks do. */
  async #serve(): Promise<void> {
    const client = await this.#options.pool.connect();
    const wake = (): void => this.#signal.notify();
    let failed = true;
    client.on('error', wake);
    client.on('notification', wake);
    try {
      await client.query(`listen ${CHANNEL}`);
      let claimedAt = 0;
      while (this.#running) {
        if (this.#epochs.size < LANES && Date.now() - claimedAt >= CLAIM_EVERY) {
          await this.#claimLanes(client);
          claimedAt = Date.now();
        }
        if ((await this.#round(client)) === 0) await this.#signal.wait(this.#options.pollMs);
      }
      await client.query('select pg_advisory_unlock_all()');
      await client.query('unlisten *');
      failed = false;
    } finally {
      this.#epochs.clear();
      client.off('error', wake);
      client.off('notification', wake);
      client.release(failed); // a destroyed session gives its locks back
    }
  }

  async #claimLanes(client: pg.PoolClient): Promise<void> {
    for (let lane = 0; lane < LANES; lane++) {
      if (this.#epochs.has(lane)) continue;
      const lock = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1, $2) as locked', [
        LOCK_SPACE,
        lane,
      ]);
      if (lock.rows[0]?.locked !== true) continue;
      const { rows } = await client.query<{ epoch: number }>(
        'update relay_lanes set epoch = epoch + 1 where lane = $1 returning epoch::int',
        [lane],
      );
      const epoch = rows[0]?.epoch;
      if (epoch === undefined) throw new Error(`relay_lanes has no row for lane ${lane}`);
      this.#epochs.set(lane, epoch);
      this.#options.logger.info({ lane, epoch }, 'outbox lane taken');
    }
  }

  /** Publishes and deletes one batch; returns its size. */
  async #round(client: pg.PoolClient): Promise<number> {
    const lanes = [...this.#epochs.keys()];
    if (lanes.length === 0) return 0;
    const { rows } = await client.query<Row>({
      name: 'relay-read',
      text: 'select id, topic, key, headers, value from outbox where lane = any($1) order by id limit $2',
      values: [lanes, this.#options.batch],
    });
    if (rows.length === 0) return 0;
    await failpoint(BEFORE_SEND);
    await this.#options.producer.send(rows);
    await failpoint(AFTER_SEND);
    await client.query({
      name: 'relay-delete',
      text: `delete from outbox o using relay_lanes l, unnest($2::smallint[], $3::bigint[]) as mine(lane, epoch)
             where o.id = any($1::bigint[]) and l.lane = o.lane and mine.lane = l.lane and mine.epoch = l.epoch`,
      values: [rows.map((row) => row.id), lanes, [...this.#epochs.values()]],
    });
    return rows.length;
  }
}
