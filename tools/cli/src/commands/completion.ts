import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, Command } from 'commander';
import { COMMANDS } from '../command-list.ts';
import { readPatterns } from '../../../chaos/src/prove/patterns.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { commandTree } from '../completion/tree.ts';
import { knownValues } from '../completion/values.ts';
import { zshCompletion } from '../completion/zsh.ts';
import { REPO_ROOT, soukHome } from '../home.ts';
import { loadContracts } from '../shop/contracts.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;
type Shell = keyof typeof SHELLS;

export function command(): Command {
  return new Command()
    .addArgument(new Argument('<shell>', 'for which shell').choices(Object.keys(SHELLS)))
    .addHelpText(
      'after',
      `
  source <(./souk completion bash)      completes here and now; the script says how to keep it
It names the commands, options, processes and settings of this checkout: print it again after an update.`,
    )
    .action(async (shell: Shell) => {
      const values = knownValues({
        settings: await settingNames(),
        benchmarks: benchNames(),
        experiments: experimentNames(),
        patterns: patternNames(),
      });
      process.stdout.write(SHELLS[shell](await commandTree(COMMANDS, values), join(soukHome(), 'instances')));
    });
}

/** None before the first build: completion works then, too. */
async function settingNames(): Promise<string[]> {
  const contracts = await loadContracts('default').catch(() => undefined);
  return Object.entries(contracts?.serviceSettings ?? {}).flatMap(([service, { shape }]) =>
    Object.keys(shape).map((key) => `${service}.${key}`),
  );
}

const patternNames = (): string[] => readPatterns().map(({ name }) => name);

const benchNames = (): string[] =>
  readdirSync(join(REPO_ROOT, 'bench')).flatMap((file) => /^([\w-]+)\.bench\.ts$/.exec(file)?.[1] ?? []);

const experimentNames = (): string[] =>
  readdirSync(join(REPO_ROOT, 'chaos')).filter((name) => existsSync(join(REPO_ROOT, 'chaos', name, 'experiment.yaml')));
