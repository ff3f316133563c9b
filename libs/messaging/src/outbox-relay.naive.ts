import { definePoint, failpoint } from '@souk/failpoints';
import { OutboxRelay, type OutboxRelayOptions } from './outbox-relay.js';
import { PollLoop } from './poll-loop.js';
import type { StoredRow } from './outbox-send.js';
import { inTransaction } from './transaction.js';

const DELETED_BEFORE_SEND = definePoint(
  'relay-delete-first.before-send',
  'the variant relay-delete-first has deleted outbox rows, nothing is published yet',
);

const UNLOCKED_BEFORE_SEND = definePoint(
  'relay-unlocked.before-send',
  'a loop of the variant relay-unlocked holds outbox rows, the other one goes past them',
);

const COLUMNS = 'id, lane, topic, key, headers, value';

/**
 * The variant `relay-cursor`: remembers the last id it published and reads on from there, as many published recipes do.
 * Ids are drawn before their transactions commit, so a row that commits after a higher id was read is never seen: under
 * concurrent writers this relay loses messages. It exists to show that, and keeps its rows because nothing tells it which
 * ones are done.
 */
export class CursorOutboxRelay extends OutboxRelay {
  readonly #options: OutboxRelayOptions;
  readonly #loop: PollLoop;
  #last: string | number = 0;

  constructor(options: OutboxRelayOptions) {
    super();
    this.#options = options;
    this.#loop = new PollLoop(options);
  }

  async start(): Promise<void> {
    this.#loop.start(async () => {
      const { pool, producer, batch = 500 } = this.#options;
      const { rows } = await pool.query<StoredRow>(`select ${COLUMNS} from outbox where id > $1 order by id limit $2`, [
        this.#last,
        batch,
      ]);
      if (rows.length > 0) await producer.send(rows);
      this.#last = rows.at(-1)?.id ?? this.#last;
      return rows.length;
    });
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  wake(): void {
    // It polls.
  }
}

/**
 * The variant `relay-xmin`: the cursor again, guarded by the oldest transaction that still runs, so that no row is read which
 * an older transaction could precede. But ids follow the order of the inserts and not that of the transactions: a transaction
 * that began late can draw a low id, or one that began early a high id, and the cursor over the id alone jumps over rows that
 * the guard held back. They are lost.
 */
export class XminOutboxRelay extends OutboxRelay {
  readonly #options: OutboxRelayOptions;
  readonly #loop: PollLoop;
  #last: string | number = 0;

  constructor(options: OutboxRelayOptions) {
    super();
    this.#options = options;
    this.#loop = new PollLoop(options);
  }

  async start(): Promise<void> {
    this.#loop.start(async () => {
      const { pool, producer, batch = 500 } = this.#options;
      // xmin is the writer's 32-bit transaction id; the epoch comes from the snapshot, which is right until it wraps around.
      const { rows } = await pool.query<StoredRow>(
        `select ${COLUMNS} from outbox
         where id > $1 and xmin::text::int8 < (pg_snapshot_xmin(pg_current_snapshot())::text::int8 & 4294967295)
         order by id limit $2`,
        [this.#last, batch],
      );
      if (rows.length > 0) await producer.send(rows);
      this.#last = rows.at(-1)?.id ?? this.#last;
      return rows.length;
    });
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  wake(): void {
    // It polls.
  }
}

/**
 * The variant `relay-delete-first`: takes rows out of the table and publishes what it has in its hands. Nothing is sent twice;
 * what the process held when it died, or when the broker was away, is sent never.
 */
export class DeleteFirstOutboxRelay extends OutboxRelay {
  readonly #options: OutboxRelayOptions;
  readonly #loop: PollLoop;

  constructor(options: OutboxRelayOptions) {
    super();
    this.#options = options;
    this.#loop = new PollLoop(options);
  }

  async start(): Promise<void> {
    this.#loop.start(async () => {
      const { pool, producer, batch = 500 } = this.#options;
      const { rows } = await pool.query<StoredRow>(
        `with taken as (delete from outbox where id in (select id from outbox order by id limit $1) returning ${COLUMNS})
         select * from taken order by id`,
        [batch],
      );
      await failpoint(DELETED_BEFORE_SEND);
      if (rows.length > 0) await producer.send(rows);
      return rows.length;
    });
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  wake(): void {
    // It polls.
  }
}

/**
 * The variant `relay-unlocked`: two loops that share the table by `for update skip locked`, as job queues do. No message is
 * lost; but one loop steps over the rows of an aggregate that the other has still to send, and their order turns.
 */
export class UnlockedOutboxRelay extends OutboxRelay {
  readonly #options: OutboxRelayOptions;
  readonly #loops: readonly PollLoop[];

  constructor(options: OutboxRelayOptions) {
    super();
    this.#options = options;
    this.#loops = [new PollLoop(options), new PollLoop(options)];
  }

  async start(): Promise<void> {
    for (const loop of this.#loops) loop.start(() => this.#round());
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()));
  }

  wake(): void {
    // It polls.
  }

  #round(): Promise<number> {
    const { pool, producer, batch = 10 } = this.#options;
    return inTransaction(pool, async (tx) => {
      const { rows } = await tx.query<StoredRow>(
        `select ${COLUMNS} from outbox order by id limit $1 for update skip locked`,
        [batch],
      );
      if (rows.length > 0) await failpoint(UNLOCKED_BEFORE_SEND);
      if (rows.length > 0) await producer.send(rows);
      await tx.query('delete from outbox where id = any($1::bigint[])', [rows.map(({ id }) => id)]);
      return rows.length;
    });
  }
}

/** Name of the variant → the relay to take in place of the real one. */
export const NAIVE_RELAYS: Readonly<Record<string, new (options: OutboxRelayOptions) => OutboxRelay>> = {
  'relay-cursor': CursorOutboxRelay,
  'relay-xmin': XminOutboxRelay,
  'relay-delete-first': DeleteFirstOutboxRelay,
  'relay-unlocked': UnlockedOutboxRelay,
};
