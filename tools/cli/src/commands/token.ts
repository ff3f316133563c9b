import type { Command } from 'commander';
import { isOnCluster, withClusterOptions } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { CliError } from '../errors.ts';
import { openInstance } from '../instance.ts';
import { runToExit } from '../output.ts';
import { serviceUrl } from '../shop-processes.ts';
import { tokensOf } from '../shop/token.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

interface TokenOptions extends InstanceOptions, ClusterOptions {
  readonly corporate: boolean;
}

/** Prints the token alone, so that it can stand in `$(./souk token alice)`. */
export function command(): Command {
  return withClusterOptions(instanceCommand())
    .argument('<user>', 'alice, bob, admin (the one administrator) or any other name of a-z, 0-9 and -')
    .option(
      '--corporate',
      'a person of the corporate provider: carla (staff), omar (administrator) or any other name',
      false,
    )
    .addHelpText('after', '\nThe token is good for ten minutes; docs/identity.md says how it is got.')
    .action((user: string, options: TokenOptions) =>
      runToExit(options.json, async () => {
        const token = await tokenOf(user, options);
        if (!options.json) console.log(token);
        return { user, token };
      }),
    );
}

async function tokenOf(user: string, options: TokenOptions): Promise<string> {
  const { corporate } = options;
  if (corporate && isOnCluster(options))
    throw new CliError(
      'no corporate provider there',
      'the charts configure one issuer',
      './souk token alice --on current',
    );
  if (isOnCluster(options)) return (await import('../cluster/use.ts')).clusterToken(user, options);
  const instance = openInstance(options.instance);
  const url = `${serviceUrl(instance, 'identity')}${corporate ? '/corporate' : ''}`;
  return tokensOf({ url, instance: instance.name, askPerson })(user);
}

/** On standard error: the token alone goes to standard output. */
function askPerson(page: string, code: string): void {
  console.error(`A person must approve this: open ${page} and compare the code ${code}. Waiting …`);
}
