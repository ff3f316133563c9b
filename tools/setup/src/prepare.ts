import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../../cli/src/errors.ts';
import { ensureDatabases } from '../../cli/src/infra/databases.ts';
import { migrateAll } from '../../cli/src/infra/migrations.ts';
import { ensureTopics } from '../../cli/src/infra/topics.ts';

export interface Stores {
  /** URL of a PostgreSQL superuser, or of a role that may create databases and roles. */
  readonly postgres: string;
  /** Comma separated host:port. */
  readonly kafka: string;
  /** Folder with the passwords of the database roles, one file a role (`postgres-order-app` …). */
  readonly secretsDir: string;
}

const RETRY_MS = 1_000;

/** Databases, roles, migrations and topics. Repeating it changes nothing; stores that are starting are waited for. */
export async function prepare(stores: Stores, waitMs: number): Promise<void> {
  const databases = async () => {
    await eventually('PostgreSQL', waitMs, () => ensureDatabases(stores.postgres, stores.secretsDir));
    for (const { database, applied } of await migrateAll(stores.postgres, stores.secretsDir))
      console.log(`${database}: ${applied.length} migrations applied`);
  };
  const topics = async () => {
    const created = await eventually('Kafka', waitMs, () => ensureTopics(stores.kafka));
    console.log(`topics: ${created} created`);
  };
  await Promise.all([databases(), topics()]);
}

async function eventually<T>(what: string, waitMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      // What we say ourselves (a topic with other partitions) does not mend itself.
      if (error instanceof CliError || performance.now() > deadline) throw error;
      console.log(`${what} is not up yet: ${error instanceof Error ? error.message : String(error)}`);
      await sleep(RETRY_MS);
    }
  }
}
