import { z } from 'zod';
import { databaseName, openSession, ownerUrl, untilEnded } from '../stores/postgres.ts';
import type { Fault } from './fault.ts';
import { endOf } from './sessions.ts';

const parameters = z.strictObject({ database: databaseName });
type Parameters = z.output<typeof parameters>;

/** Nobody reads the topic, and no broker has it: the row is never committed. */
const DRAW_AN_ID = `insert into outbox (lane, topic, key, headers, value) values (0, 'never.sent.v1', 'chaos', '{}', '{}')`;

/**
 * It has drawn an id of the outbox and holds back what the server may forget: who publishes by ids or snapshots waits for it.
 * `own.transactions.open` is 1 while it is open.
 */
export const postgresIdleTransaction: Fault<Parameters> = {
  kind: 'postgres-idle-transaction',
  summary: 'a transaction has written an outbox row and does nothing more',
  on: ['host', 'k8s'],
  parameters,
  says: ({ database }) => `an open transaction in ${database} that does nothing`,
  async inject({ target, journal, until, background, count, note }, { database }) {
    const { mark, wayBack } = endOf('idle transaction');
    await journal.before(wayBack);
    const client = await openSession(ownerUrl(target, database), mark);
    await client.query('begin');
    await client.query(DRAW_AN_ID);
    note(`a transaction in ${database} is open`);
    count('transactions.open');
    const lost = (): void => {
      // Open to the end: the last sample of the fault comes after it.
      if (!until.aborted) count('transactions.open', -1);
    };
    background(untilEnded(client, until).then(lost));
  },
};
