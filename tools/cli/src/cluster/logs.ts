import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { CliError } from '../errors.ts';
import { formatLogLine } from '../log-format.ts';
import { soukCommand } from '../souk-command.ts';
import { snapshot } from './explain.ts';
import { kubectlArgs } from './kubectl.ts';
import { openCluster, shopOptions } from './options.ts';
import type { ClusterOptions } from './options.ts';
import type { Pod } from './objects.ts';

export interface ClusterLogOptions extends ClusterOptions {
  readonly follow: boolean;
  readonly lines: number;
  readonly raw: boolean;
}

export interface LogSource {
  readonly pod: string;
  readonly container: string;
}

/** Shows the logs of the pods of one workload, or of a container by its name (`collector`), or of all. */
export async function clusterLogs(
  name: string | undefined,
  options: ClusterLogOptions,
): Promise<Record<string, unknown>> {
  const ref = await openCluster(options);
  const { pods } = await snapshot(ref);
  const sources = logSources(pods, name);
  if (sources.length === 0) {
    const names = [...new Set(logSources(pods, undefined).map(({ container }) => container))].sort();
    throw new CliError(
      name === undefined ? 'there are no logs' : `there is no log of '${name}'`,
      names.length > 0 ? `there are logs of ${names.join(', ')}` : `namespace ${ref.namespace} has no pod of a shop`,
      names.length > 0 ? 'choose one of them' : soukCommand(shopOptions(ref), 'up'),
    );
  }
  const width = Math.max(...sources.map((one) => title(one).length));
  const show = (source: LogSource, line: string) => {
    const prefix = sources.length > 1 ? `${title(source).padEnd(width)} ` : '';
    console.log(`${prefix}${options.raw ? line : formatLogLine(line)}`);
  };
  const follow = options.follow ? ['--follow'] : [];
  const ends = sources.map((source) => {
    const args = ['logs', source.pod, '--container', source.container, `--tail=${options.lines}`, ...follow];
    const child = spawn('kubectl', kubectlArgs(ref, args), { stdio: ['ignore', 'pipe', 'inherit'] });
    return printed(child, (line) => show(source, line));
  });
  // Not followed, the pods come one after the other, as files do; followed, as they speak.
  await Promise.all(ends);
  return { sources };
}

const title = ({ pod, container }: LogSource): string => (pod.startsWith(container) ? pod : `${pod} ${container}`);

/** Containers that have a log: those of the pods of `name`, or of that name in any pod; sidecars only when they are named. */
export function logSources(pods: readonly Pod[], name: string | undefined): LogSource[] {
  return pods.flatMap(({ metadata, status }) => {
    const app = metadata.labels?.['app.kubernetes.io/name'];
    const main = (status.containerStatuses ?? []).map((one) => one.name);
    const all = [...main, ...(status.initContainerStatuses ?? []).map((one) => one.name)];
    const wanted =
      name === undefined || app === name ? main.slice(0, 1) : all.filter((container) => container === name);
    const chosen = name === metadata.name ? all : wanted;
    return chosen.map((container) => ({ pod: metadata.name, container }));
  });
}

function printed(child: ChildProcess, show: (line: string) => void): Promise<void> {
  if (child.stdout) createInterface({ input: child.stdout }).on('line', show);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
}
