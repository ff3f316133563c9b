import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Elector } from './elector.js';
import { FENCE_HOLDS, SqlFence } from './sql-fence.js';
import { SqlLease } from './sql-lease.js';
import type { Term } from './term.js';

/** A member for elector.int.spec.ts: the arguments are the database, its name and the TTL. Each write of its is a line it prints. */
const [, , connectionString, holder = '', ttlMs = '0'] = process.argv;
const election = 'work';
const db = new pg.Pool({ connectionString, max: 2 });
db.on('error', () => undefined);

const WRITE = `with leader(name, epoch) as (values ('${election}', $1::bigint)), ${FENCE_HOLDS},
  written as (insert into work (epoch, holder) select $1::bigint, $2 from fence returning 1)
  select exists (select from written) as counted`;

/** It never asks whether it still leads: what keeps a late write out is the fence alone. */
async function work(term: Term): Promise<void> {
  while (!term.signal.aborted) {
    const { rows } = await db.query<{ counted: boolean }>(WRITE, [term.epoch, holder]);
    console.log(JSON.stringify({ holder, epoch: term.epoch, counted: rows[0]?.counted }));
    if (rows[0]?.counted) term.progress();
    await sleep(20);
  }
}

const quiet = { info: () => undefined, warn: () => undefined };
const options = { db, name: election, holder };
const elector = new Elector({
  lease: new SqlLease({ ...options, ttlMs: Number(ttlMs) }),
  fence: new SqlFence(options),
  task: work,
  logger: quiet,
});
elector.start();
process.once('SIGTERM', () => void elector.stop().then(() => db.end()));
