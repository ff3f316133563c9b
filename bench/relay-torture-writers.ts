import { setTimeout as sleep } from 'node:timers/promises';
import { encodeOutbox, insertOutbox, withTransaction } from '@souk/outbox';
import type pg from 'pg';

export const WRITERS = 32;
const AGGREGATES = 256;
/** Of one transaction at most, so that ids of several are interleaved. */
const EVENTS = 4;
const ROLLBACK = 0.05;
/** One in a hundred transactions stays open for so long, in ms. */
const LONG_MS = 300;

export interface Events {
  /** `<key>/<version>` of what is committed. */
  readonly committed: ReadonlySet<string>;
  readonly rolledBack: number;
}

/** mulberry32 (public domain, Tommy Ettinger). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Concurrent writers: the row of the aggregate locked first, its outbox rows later, open for a while, some rolled back. */
export async function writeEvents(pool: pg.Pool, topic: string, count: number, seed: number): Promise<Events> {
  await pool.query('create table if not exists aggregates (id text primary key, version int not null)');
  await pool.query(`insert into aggregates select 'agg-' || n, 0 from generate_series(1, ${AGGREGATES}) n`);
  const committed = new Set<string>();
  let rolledBack = 0;
  const writer = async (random: () => number): Promise<void> => {
    while (committed.size < count) {
      const ids = await change(pool, topic, random);
      if (ids === undefined) rolledBack += 1;
      else for (const id of ids) committed.add(id);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, n) => writer(seeded(seed + n))));
  return { committed, rolledBack };
}

/** What it has committed; undefined when it was rolled back. */
async function change(pool: pg.Pool, topic: string, random: () => number): Promise<string[] | undefined> {
  const key = `agg-${1 + Math.floor(random() * AGGREGATES)}`;
  const events = 1 + Math.floor(random() * EVENTS);
  const holdMs = random() < 0.01 ? LONG_MS : random() * 5;
  const rollback = random() < ROLLBACK;
  const thinkMs = holdMs * random();
  const ids: string[] = [];
  const written = withTransaction(pool, async (tx) => {
    for (let n = 0; n < events; n++) {
      const { rows } = await tx.query<{ version: number }>({
        name: 'torture-change',
        text: 'update aggregates set version = version + 1 where id = $1 returning version',
        values: [key],
      });
      const version = rows[0]?.version ?? 0;
      if (n === 0) await sleep(thinkMs);
      const id = `${key}/${version}`;
      ids.push(id);
      const [type, time] = ['torture.changed.v1', new Date()];
      const message = { topic: { name: topic }, key, type, time, id, aggregateVersion: version, data: {} };
      await insertOutbox(tx, encodeOutbox('/bench', [message]));
    }
    await sleep(holdMs - thinkMs);
    if (rollback) throw new RolledBack();
    return ids;
  });
  return written.catch((error: unknown) => {
    if (error instanceof RolledBack) return undefined;
    throw error;
  });
}

class RolledBack extends Error {}
