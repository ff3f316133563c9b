import { z } from 'zod';
import type pg from 'pg';
import { databaseName, openSession, ownerUrl, untilEnded } from '../stores/postgres.ts';
import type { Fault, Injecting } from './fault.ts';
import { endOf } from './sessions.ts';

const parameters = z.strictObject({
  database: databaseName,
  /** So many at most; it ends where the server refuses one more. */
  most: z.int().min(1).max(400).default(400),
});
type Parameters = z.output<typeof parameters>;
const AT_A_TIME = 10;

/**
 * Somebody's pool without a limit: the server has no connection left but those that it keeps for superusers. `own.connections.held`
 * is how many of them are held.
 */
export const postgresPoolExhaustion: Fault<Parameters> = {
  kind: 'postgres-pool-exhaustion',
  summary: "all of the server's connections are taken by somebody",
  on: ['host', 'k8s'],
  own: ['postgres'],
  parameters,
  says: () => 'no connection of PostgreSQL is free',
  async inject(injecting, { database, most }) {
    const { mark, wayBack } = endOf('connections');
    await injecting.journal.before(wayBack);
    const sessions = await fill(injecting, database, most, mark);
    injecting.note(`${sessions.length} connections are taken`);
    injecting.background(held(injecting, sessions));
  },
};

async function fill(
  { target, until }: Injecting,
  database: Parameters['database'],
  most: number,
  mark: string,
): Promise<pg.Client[]> {
  const sessions: pg.Client[] = [];
  while (sessions.length < most && !until.aborted) {
    const wanted = Math.min(AT_A_TIME, most - sessions.length);
    const tried = await Promise.allSettled(
      Array.from({ length: wanted }, () => openSession(ownerUrl(target, database), mark)),
    );
    sessions.push(...tried.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
    const refused = tried.find((one) => one.status === 'rejected');
    if (refused === undefined) continue;
    if (sessions.length === 0) throw refused.reason;
    break;
  }
  return sessions;
}

/** Until they are to end, or the server has ended them. */
const held = ({ until, count }: Injecting, sessions: readonly pg.Client[]): Promise<unknown> => {
  count('connections.held', sessions.length);
  const lost = (): void => {
    // Held to the end: the last sample of the fault comes after it.
    if (!until.aborted) count('connections.held', -1);
  };
  return Promise.all(sessions.map((client) => untilEnded(client, until).then(lost)));
};
