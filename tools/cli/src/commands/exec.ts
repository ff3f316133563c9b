import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { Command } from 'commander';
import { CliError } from '../errors.ts';
import { REPO_ROOT } from '../home.ts';
import { runToExit } from '../output.ts';

const SIGNALS_OF_TERMINALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** For what is run by hand: the user's own Node may be older than the one that the sources need. */
export function command(): Command {
  return new Command()
    .argument('<command...>', 'what to run, with its arguments')
    .passThroughOptions()
    .allowUnknownOption()
    .addHelpText(
      'after',
      '\nNode 24 and node_modules/.bin stand first on its PATH. Example: ./souk exec nx run-many -t build',
    )
    .action(([name = '', ...args]: string[]) => runToExit(false, () => exec(name, args)));
}

async function exec(name: string, args: readonly string[]): Promise<Record<string, unknown>> {
  const PATH = toolPath(REPO_ROOT, process.execPath, process.env.PATH);
  const child = spawn(name, args, { env: { ...process.env, PATH }, stdio: 'inherit' });
  // The terminal sends them to the child as well, which decides; this one only waits for its exit code.
  for (const signal of SIGNALS_OF_TERMINALS) process.on(signal, () => signal === 'SIGINT' || child.kill(signal));
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', (cause) => reject(notStarted(name, cause)));
    child.on('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
  return {};
}

/** The search path with the tools of this checkout and this Node first. */
export function toolPath(root: string, node: string, path: string | undefined): string {
  return [join(root, 'node_modules', '.bin'), dirname(node), path ?? ''].filter((one) => one !== '').join(delimiter);
}

function notStarted(name: string, cause: Error): CliError {
  return new CliError(`'${name}' could not be run`, cause.message, 'name a program on PATH or in node_modules/.bin', {
    cause,
  });
}
