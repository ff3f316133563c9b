import type { Command } from 'commander';
import { openInstance } from '../instance.ts';
import { runToExit } from '../output.ts';
import { issueToken } from '../shop/token.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

/** Prints the token alone, so that it can stand in `$(./souk token alice)`. */
export function command(): Command {
  return instanceCommand()
    .argument('<user>', 'alice, bob, admin (the one administrator) or any other name of a-z, 0-9 and -')
    .action((user: string, options: InstanceOptions) =>
      runToExit(options.json, async () => {
        const { secretsDir, name } = openInstance(options.instance);
        const token = await issueToken(secretsDir, user, process.env.SOUK_MODE, name);
        if (!options.json) console.log(token);
        return { user, token };
      }),
    );
}
