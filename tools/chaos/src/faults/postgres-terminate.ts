import { z } from 'zod';
import { loginsOf } from '../../../cli/src/infra/databases.ts';
import { seconds } from '../experiment/experiment.ts';
import { databaseName, endLogins } from '../stores/postgres.ts';
import type { Fault } from './fault.ts';
import { saysTime } from './parameters.ts';
import { repeat } from './repeat.ts';

const MOST = 1_000;

const parameters = z.strictObject({
  database: databaseName,
  every: seconds.pipe(z.number().min(100).max(60_000)).default(2_000),
});
type Parameters = z.output<typeof parameters>;

/** Connections (`own.sessions.ended`) break in the middle of whatever they do, of a COMMIT too: nobody knows then whether it counts. */
export const postgresTerminate: Fault<Parameters> = {
  kind: 'postgres-terminate',
  summary: 'all database sessions of a service are ended, again and again',
  on: ['host', 'k8s'],
  parameters,
  says: ({ database, every }) => `sessions of ${database} ended every ${saysTime(every)}`,
  async inject({ target, until, background, count, note }, { database, every }) {
    let ended = 0;
    const end = async (): Promise<void> => {
      const now = await endLogins(target, loginsOf(database));
      ended += now;
      count('sessions.ended', now);
    };
    await end();
    background(
      repeat({ everyMs: every, times: MOST, until }, end).then(() =>
        note(`${ended} sessions of ${database} were ended`),
      ),
    );
  },
};
