import type { Command } from 'commander';
import { ensureDatabases } from '../infra/databases.ts';
import { migrateAll } from '../infra/migrations.ts';
import { openInstance } from '../instance.ts';
import { Progress, runToExit } from '../output.ts';
import { shopContext } from '../shop/context.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

export function command(): Command {
  return instanceCommand().action((options: InstanceOptions) =>
    runToExit(options.json, () => migrate(options.instance)),
  );
}

async function migrate(instance: string): Promise<Record<string, unknown>> {
  const { urls } = shopContext(instance);
  const { secretsDir } = openInstance(instance);
  const superuserUrl = urls.PG_URL ?? '';
  const migrations = await new Progress().step('migrations', async (report) => {
    await ensureDatabases(superuserUrl, secretsDir);
    const results = await migrateAll(superuserUrl, secretsDir);
    report.result(results.map(({ database, applied }) => `${database}: ${applied.length} applied`).join(', '));
    return results;
  });
  return { migrations };
}
