import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { isOnCluster, withClusterOptions } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { CliError } from '../errors.ts';
import { openInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { formatLogLine } from '../log-format.ts';
import { runToExit } from '../output.ts';
import { soukCommand } from '../souk-command.ts';
import { lastLines, readFrom } from '../system/files.ts';
import { instanceCommand, wholeNumber } from './options.ts';
import type { InstanceOptions } from './options.ts';

const LOOKS_EVERY_MS = 200;

interface LogOptions extends InstanceOptions {
  readonly follow: boolean;
  readonly lines: number;
  readonly raw: boolean;
}

export function command(): Command {
  return withClusterOptions(instanceCommand())
    .argument(
      '[name]',
      'one process (with --on: a workload, a container such as collector, or a pod); without it, all of them',
    )
    .addOption(
      // Its end is the keyboard's, and no object would be the last line.
      new Option('-f, --follow', 'keep showing what is written; not with --json').default(false).conflicts('json'),
    )
    .option('-n, --lines <n>', 'how many of the last lines', wholeNumber, 50)
    .option('--raw', 'lines as they were written', false)
    .action((name: string | undefined, options: LogOptions & ClusterOptions) =>
      runToExit(options.json, () =>
        isOnCluster(options) ? logsInCluster(name, options) : logs(openInstance(options.instance), name, options),
      ),
    );
}

async function logsInCluster(name: string | undefined, options: LogOptions & ClusterOptions) {
  const { clusterLogs } = await import('../cluster/logs.ts');
  return clusterLogs(name, options);
}

async function logs(
  instance: Instance,
  name: string | undefined,
  options: LogOptions,
): Promise<Record<string, unknown>> {
  const files = logFiles(instance, name);
  const show = (file: string, line: string) =>
    console.log(
      `${files.length > 1 ? `${basename(file, '.log').padEnd(10)} ` : ''}${options.raw ? line : formatLogLine(line)}`,
    );
  for (const file of files) for (const line of lastLines(file, options.lines)) show(file, line);
  if (options.follow) follow(files, show);
  return { files };
}

function logFiles(instance: Instance, name: string | undefined): string[] {
  const all = existsSync(instance.logsDir) ? readdirSync(instance.logsDir).filter((file) => file.endsWith('.log')) : [];
  const chosen =
    name === undefined
      ? all.filter((file) => !['build.log', 'initdb.log', 'kafka-format.log', 'compose.log'].includes(file))
      : all.filter((file) => file === `${name}.log`);
  if (chosen.length > 0) return chosen.sort().map((file) => join(instance.logsDir, file));
  const why =
    all.length > 0
      ? `there are logs of ${all.map((file) => basename(file, '.log')).join(', ')}`
      : `the shop '${instance.name}' was never started here`;
  throw new CliError(
    name === undefined ? 'there are no logs' : `there is no log of '${name}'`,
    why,
    all.length > 0 ? 'choose one of them' : soukCommand(instance.name, 'up'),
  );
}

/** Polls the sizes: it survives rotation, and works where file events do not. Ends with the command. */
function follow(files: readonly string[], show: (file: string, line: string) => void): void {
  const seen = new Map(files.map((file) => [file, { offset: statSync(file).size, rest: '' }]));
  setInterval(() => {
    for (const [file, position] of seen) {
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      if (size < position.offset) [position.offset, position.rest] = [0, ''];
      if (size === position.offset) continue;
      const lines = (position.rest + readFrom(file, position.offset, size)).split('\n');
      position.offset = size;
      position.rest = lines.pop() ?? '';
      for (const line of lines) show(file, line);
    }
  }, LOOKS_EVERY_MS);
}
