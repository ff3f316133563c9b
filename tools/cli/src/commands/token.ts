import type { Command } from 'commander';
import { isOnCluster, withClusterOptions } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { openInstance } from '../instance.ts';
import { runToExit } from '../output.ts';
import { issueToken } from '../shop/token.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

/** Prints the token alone, so that it can stand in `$(./souk token alice)`. */
export function command(): Command {
  return withClusterOptions(instanceCommand())
    .argument('<user>', 'alice, bob, admin (the one administrator) or any other name of a-z, 0-9 and -')
    .action((user: string, options: InstanceOptions & ClusterOptions) =>
      runToExit(options.json, async () => {
        const token = await tokenOf(user, options);
        if (!options.json) console.log(token);
        return { user, token };
      }),
    );
}

async function tokenOf(user: string, options: InstanceOptions & ClusterOptions): Promise<string> {
  if (isOnCluster(options)) return (await import('../cluster/use.ts')).clusterToken(user, options);
  const { secretsDir, name } = openInstance(options.instance);
  return issueToken(secretsDir, user, process.env.SOUK_MODE, name);
}
