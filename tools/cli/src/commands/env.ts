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
        if (!options.json) for (const [name, value] of Object.entries(urls)) console.log(exportLine(name, value));
        return { env: urls };
      }),
    );
}

/** For any POSIX shell; a path may hold an apostrophe. */
export function exportLine(name: string, value: string): string {
  return `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`;
}
