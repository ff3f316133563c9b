import { definePoint, failpoint } from '@souk/failpoints';
import { LaneOutboxRelay, type OutboxRelay, type OutboxRelayOptions } from './outbox-relay.js';
import { PollingRelay } from './polling-relay.js';
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

type MakeRelay = (options: OutboxRelayOptions) => OutboxRelay;

/** Reads on from the last id it has published; the rows stay, because nothing tells which ones are done. */
const withCursor =
  (guard: string): MakeRelay =>
  (options) => {
    const { pool, producer, batch = 500 } = options;
    let last: string | number = 0;
    const round = async (): Promise<number> => {
      const { rows } = await pool.query<StoredRow>(
        `select ${COLUMNS} from outbox where id > $1 and ${guard} order by id limit $2`,
        [last, batch],
      );
      if (rows.length > 0) await producer.send(rows);
      last = rows.at(-1)?.id ?? last;
      return rows.length;
    };
    return new PollingRelay(options, [round]);
  };

/**
 * The variant `relay-cursor`: remembers the last id it published and reads on from there, as many published recipes do.
 * Ids are drawn before their transactions commit, so a row that commits after a higher id was read is never seen: under
 * concurrent writers this relay loses messages. It exists to show that.
 */
const cursorRelay = withCursor('true');

/**
 * The variant `relay-xmin`: the cursor again, guarded by the oldest transaction that still runs, so that no row is read which
 * an older transaction could precede. But ids follow the order of the inserts and not that of the transactions: a transaction
 * that began late can draw a low id, or one that began early a high id, and the cursor over the id alone jumps over rows that
 * the guard held back. They are lost.
 */
const xminRelay = withCursor(
  // xmin is the writer's 32-bit transaction id; the epoch comes from the snapshot, which is right until it wraps around.
  'xmin::text::int8 < (pg_snapshot_xmin(pg_current_snapshot())::text::int8 & 4294967295)',
);

/**
 * The variant `relay-delete-first`: takes rows out of the table and publishes what it has in its hands. Nothing is sent twice;
 * what the process held when it died, or when the broker was away, is sent never.
 */
const deleteFirstRelay: MakeRelay = (options) => {
  const { pool, producer, batch = 500 } = options;
  const round = async (): Promise<number> => {
    const { rows } = await pool.query<StoredRow>(
      `with taken as (delete from outbox where id in (select id from outbox order by id limit $1) returning ${COLUMNS})
       select * from taken order by id`,
      [batch],
    );
    await failpoint(DELETED_BEFORE_SEND);
    if (rows.length > 0) await producer.send(rows);
    return rows.length;
  };
  return new PollingRelay(options, [round]);
};

/**
 * The variant `relay-unlocked`: two loops that share the table by `for update skip locked`, as job queues do. No message is
 * lost; but one loop steps over the rows of an aggregate that the other has still to send, and their order turns.
 */
const unlockedRelay: MakeRelay = (options) => {
  const { pool, producer, batch = 10 } = options;
  const round = (): Promise<number> =>
    inTransaction(pool, async (tx) => {
      const { rows } = await tx.query<StoredRow>(
        `select ${COLUMNS} from outbox order by id limit $1 for update skip locked`,
        [batch],
      );
      if (rows.length > 0) await failpoint(UNLOCKED_BEFORE_SEND);
      if (rows.length > 0) await producer.send(rows);
      await tx.query('delete from outbox where id = any($1::bigint[])', [rows.map(({ id }) => id)]);
      return rows.length;
    });
  return new PollingRelay(options, [round, round]);
};

const NAIVE_RELAYS: Readonly<Record<string, MakeRelay>> = {
  'relay-cursor': cursorRelay,
  'relay-xmin': xminRelay,
  'relay-delete-first': deleteFirstRelay,
  'relay-unlocked': unlockedRelay,
};

/** Makes the relay that these variants name, the real one where they name none. */
export const relayFor = (variants: readonly string[]): MakeRelay =>
  variants.flatMap((name) => NAIVE_RELAYS[name] ?? [])[0] ?? ((options) => new LaneOutboxRelay(options));
