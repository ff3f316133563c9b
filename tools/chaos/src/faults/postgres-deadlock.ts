import type pg from 'pg';
import { z } from 'zod';
import { seconds } from '../experiment/experiment.ts';
import { openSession, ownerUrl } from '../stores/postgres.ts';
import type { Fault } from './fault.ts';
import { endOf } from './sessions.ts';
import { saysTime } from './parameters.ts';
import { paused, repeat } from './repeat.ts';

const MOST = 2_000;
/** Two products of one order have to be among them, in different halves: of few, orders rarely want two. */
const BUSY = 60;
/** While it holds the later half of the skus, so that who has an earlier one comes to wait for it. */
const BETWEEN_MS = 300;

const parameters = z.strictObject({
  every: seconds.pipe(z.number().min(20).max(10_000)).default(200),
});
type Parameters = z.output<typeof parameters>;

/** Stock is locked the other way round than inventory does, so that each waits for the other until the server ends one of both. */
export const postgresDeadlock: Fault<Parameters> = {
  kind: 'postgres-deadlock',
  summary: 'somebody locks stock in the opposite order, and deadlocks with orders of several products',
  on: ['host', 'k8s'],
  parameters,
  says: ({ every }) => `stock locked in the wrong order every ${saysTime(every)}`,
  async inject(injecting, { every }) {
    const { target, journal, until, background, count, note } = injecting;
    const { mark, wayBack } = endOf('deadlocks');
    await journal.before(wayBack);
    const client = await openSession(ownerUrl(target, 'inventory'), mark);
    const skus = await busySkus(client);
    const before = await deadlocksOf(client);
    let [seen, ours] = [0, 0];
    count('deadlocks', 0);
    const round = async (): Promise<void> => {
      if (!(await lockBackwards(client, skus, until))) ours += 1;
      const now = (await deadlocksOf(client)) - before;
      count('deadlocks', now - seen);
      seen = now;
    };
    background(
      repeat({ everyMs: every, times: MOST, until }, round)
        .finally(() => client.end())
        .then(() => note(`${seen} deadlocks, ${ours} of them ended at our expense`)),
    );
  },
};

/** Those that orders want just now, in the order in which inventory locks them. */
async function busySkus(client: pg.Client): Promise<string[]> {
  const text = `select sku from (select sku, max(id) as newest from ledger group by sku order by newest desc limit ${BUSY}) busy order by sku`;
  const { rows } = await client.query<{ sku: string }>(text);
  return rows.map(({ sku }) => sku);
}

/** How many the server has had to end in this database. */
async function deadlocksOf(client: pg.Client): Promise<number> {
  const text = 'select deadlocks::int as n from pg_stat_database where datname = current_database()';
  return (await client.query<{ n: number }>(text)).rows[0]?.n ?? 0;
}

const ENDED = ['40P01', '55P03'];

/** False where the server has ended ours, for a deadlock or for waiting too long. */
async function lockBackwards(client: pg.Client, skus: readonly string[], until: AbortSignal): Promise<boolean> {
  const lock = 'select 1 from stock where sku = any($1) order by sku desc for update';
  const half = Math.floor(skus.length / 2);
  await client.query(`begin; set local lock_timeout = '3s'`);
  try {
    await client.query(lock, [skus.slice(half)]);
    await paused(BETWEEN_MS, until);
    await client.query(lock, [skus.slice(0, half)]);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && ENDED.includes(String(error.code))) return false;
    throw error;
  } finally {
    await client.query('rollback');
  }
}
