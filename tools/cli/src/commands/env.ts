import type { Command } from 'commander';
import { runToExit } from '../output.ts';
import { shopContext } from '../shop/context.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

export function command(): Command {
  return instanceCommand()
    .addHelpText('after', '\nUse it as: eval "$(./souk env)". It holds passwords of this instance.')
    .action((options: InstanceOptions) =>
      runToExit(options.json, async () => {
        const { urls } = shopContext(options.instance);
        if (!options.json) for (const [name, value] of Object.entries(urls)) console.log(`export ${name}='${value}'`);
        return { env: urls };
      }),
    );
}
