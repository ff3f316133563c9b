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

/**
 * Requests queue behind a migration that waits for a table, so it waits for less than they do (4 s, libs/service-kit), lets them
 * pass, and tries again. Another migration under way is waited for in the same way.
 */
const LOCK_MS = 2_000;
const LOCK_TRIES = 15;
const LOCK_NOT_AVAILABLE = '55P03';

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
  const run = () =>
    runner({
      databaseUrl: { connectionString: url, lock_timeout: LOCK_MS },
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
  try {
    const done = await withPatience(run);
    return { database, applied: done.map((migration) => migration.name) };
  } catch (error) {
    const why = error instanceof Error ? reasonOf(error) : String(error);
    const remedy = isLocked(error)
      ? 'find who holds the lock (pg_stat_activity, pg_locks) or wait for less load, and run ./souk migrate'
      : `correct ${FOLDERS[database]} and run ./souk migrate`;
    throw new CliError(`the migrations of ${database} failed`, why, remedy, { cause: error });
  }
}

const isLocked = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE;

/** Runs the work again while it finds something locked: a migration that failed was rolled back, those before it are recorded. */
export async function withPatience<T>(work: () => Promise<T>, tries = LOCK_TRIES): Promise<T> {
  for (let left = tries - 1; ; left--) {
    try {
      return await work();
    } catch (error) {
      if (left <= 0 || !isLocked(error)) throw error;
    }
  }
}
