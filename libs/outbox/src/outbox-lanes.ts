import type pg from 'pg';
import type { Logger } from '@souk/observability';
import { definePoint, failpoint } from '@souk/failpoints';
import { LANES } from './outbox.js';

const LANE_TAKEN = definePoint('relay.lane-taken', 'a relay has taken a lane, it has read nothing from it yet');

/** First half of the advisory locks' keys, so that they meet no other use of advisory locks in the database. */
const LOCK_SPACE = 0x5011;
/** Second half of the lock that every relay shares; whoever holds it is a member. Lanes are 0 and up. */
const MEMBERS = 32_767;
/** A member whose session is idle for longer hangs, or its machine is gone and no TCP packet has said so. */
const HUNG_S = 3;
/** The same for one in the middle of a statement or a transaction; statements of ours are limited to 5 s. */
const STUCK_S = 15;

export const CHANNEL = 'souk_outbox';
export const LANES_CHANGED = 'lanes';
/** Tells every relay to look at the lanes and at what is parked now. */
export const WAKE_LANES = `notify ${CHANNEL}, '${LANES_CHANGED}'`;

/**
 * Who is there, by the lock all relays share: the database itself knows when a session ends, nothing has to be renewed. The
 * session of one that hangs is ended here, because its locks would outlive it.
 */
const ROLL_CALL = `select l.pid, l.pid = pg_backend_pid() as mine,
    case when l.pid <> pg_backend_pid()
        and (a.state = 'idle' and clock_timestamp() - a.state_change > interval '${HUNG_S} s'
          or a.state <> 'idle' and clock_timestamp() - a.query_start > interval '${STUCK_S} s')
      then pg_terminate_backend(l.pid) else false end as ended
  from pg_locks l left join pg_stat_activity a on a.pid = l.pid
  where l.locktype = 'advisory' and l.granted and l.classid = ${LOCK_SPACE} and l.objid = ${MEMBERS} and l.objsubid = 2
    and l.database = (select oid from pg_database where datname = current_database())
  order by l.pid`;

type Member = { pid: number; mine: boolean; ended: boolean };

/** The lanes of the member at `position` of `members`: everybody computes the same from the same roll call. */
export function lanesOf(position: number, members: number, lanes: number = LANES): number[] {
  return Array.from({ length: lanes }, (_, lane) => lane).filter((lane) => lane % members === position);
}

/**
 * Pattern: Competing Consumers (of the outbox, without an election). The share of this relay in the lanes, on one connection because
 * advisory locks live on one: its own to the end of the session, or until balance() gives it to another.
 */
export class OutboxLanes {
  readonly #client: pg.ClientBase;
  readonly #logger: Pick<Logger, 'info' | 'warn'>;
  readonly #epochs = new Map<number, number>();

  constructor(client: pg.ClientBase, logger: Pick<Logger, 'info' | 'warn'>) {
    this.#client = client;
    this.#logger = logger;
  }

  /** Lane → epoch under which it was taken. Two relays that both believe in a lane have different ones. */
  get epochs(): ReadonlyMap<number, number> {
    return this.#epochs;
  }

  /** Becomes a member and asks the others for its share. */
  async join(): Promise<void> {
    await this.#client.query(`listen ${CHANNEL}`);
    await this.#client.query('select pg_advisory_lock_shared($1, $2)', [LOCK_SPACE, MEMBERS]);
    await this.#client.query(WAKE_LANES);
  }

  /**
   * Gives away what is another's share and takes what is free of its own; whether it has all of that now. Not to be called
   * during a round.
   */
  async balance(): Promise<boolean> {
    const { rows } = await this.#client.query<Member>({ name: 'relay-members', text: ROLL_CALL });
    for (const { pid } of rows.filter(({ ended }) => ended))
      this.#logger.warn({ pid }, 'an outbox relay hangs, its session was ended');
    const live = rows.filter(({ ended }) => !ended);
    const share = lanesOf(
      live.findIndex(({ mine }) => mine),
      live.length,
    );
    const others = [...this.#epochs.keys()].filter((lane) => !share.includes(lane));
    for (const lane of others) await this.#give(lane);
    if (others.length > 0) await this.#client.query(WAKE_LANES);
    for (const lane of share) if (!this.#epochs.has(lane)) await this.#take(lane);
    return this.#epochs.size === share.length;
  }

  /** Hands everything over at once. */
  async leave(): Promise<void> {
    this.#epochs.clear();
    await this.#client.query('select pg_advisory_unlock_all()');
    await this.#client.query(WAKE_LANES);
    await this.#client.query('unlisten *');
  }

  async #give(lane: number): Promise<void> {
    this.#epochs.delete(lane);
    await this.#client.query('select pg_advisory_unlock($1, $2)', [LOCK_SPACE, lane]);
    this.#logger.info({ lane }, 'outbox lane given to another relay');
  }

  async #take(lane: number): Promise<void> {
    const lock = await this.#client.query<{ locked: boolean }>('select pg_try_advisory_lock($1, $2) as locked', [
      LOCK_SPACE,
      lane,
    ]);
    if (lock.rows[0]?.locked !== true) return;
    const { rows } = await this.#client.query<{ epoch: number }>(
      'update relay_lanes set epoch = epoch + 1 where lane = $1 returning epoch::int',
      [lane],
    );
    const epoch = rows[0]?.epoch;
    if (epoch === undefined) throw new Error(`relay_lanes has no row for lane ${lane}`);
    this.#epochs.set(lane, epoch);
    this.#logger.info({ lane, epoch }, 'outbox lane taken');
    await failpoint(LANE_TAKEN);
  }
}
