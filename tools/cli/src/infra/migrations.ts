import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CliError, reasonOf } from '../errors.ts';
import { REPO_ROOT } from '../home.ts';
import { databaseUrl } from './databases.ts';
import type { DatabaseName } from './databases.ts';

const FOLDERS: Readonly<Record<DatabaseName, string>> = {
  order: 'services/order/migrations',
  inventory: 'services/inventory/migrations',
  payment: 'simulators/payment/migrations',
};

export interface MigrationResult {
  readonly database: DatabaseName;
  readonly applied: readonly string[];
}

/** Runs the pending migrations of every service as the owner of its database, each service under its own lock. */
export async function migrateAll(superuserUrl: string, secretsDir: string): Promise<MigrationResult[]> {
  const databases = Object.keys(FOLDERS) as DatabaseName[];
  return Promise.all(
    databases.map((database) => migrate(database, databaseUrl(superuserUrl, secretsDir, database, 'owner'))),
  );
}

async function migrate(database: DatabaseName, url: string): Promise<MigrationResult> {
  const dir = join(REPO_ROOT, FOLDERS[database]);
  if (!existsSync(dir) || !readdirSync(dir).some((name) => name.endsWith('.sql'))) return { database, applied: [] };
  const { runner } = await import('node-pg-migrate');
  const silent = () => undefined;
  try {
    const done = await runner({
      databaseUrl: url,
      dir,
      ignorePattern: '(?!.*\\.sql$).*',
      direction: 'up',
      // In a schema of its own, beyond the default privileges: an app role cannot rewrite the record of its migrations.
      migrationsTable: 'applied',
      migrationsSchema: 'migrations',
      createMigrationsSchema: true,
      advisoryLockMode: 'wait',
      logger: { info: silent, warn: silent, error: silent },
    });
    return { database, applied: done.map((migration) => migration.name) };
  } catch (error) {
    const why = error instanceof Error ? reasonOf(error) : String(error);
    throw new CliError(
      `the migrations of ${database} failed`,
      why,
      `correct ${FOLDERS[database]} and run ./souk migrate`,
      { cause: error },
    );
  }
}
