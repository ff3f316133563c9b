import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { isOnCluster, withClusterOptions } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { CliError } from '../errors.ts';
import { ownerOf } from '../free-ports.ts';
import { composeDown } from '../infra/compose.ts';
import { instanceExists, openInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { runToExit } from '../output.ts';
import { portList } from '../ports.ts';
import { soukCommand } from '../souk-command.ts';
import { ask, askOrAdopt, command as supervisorCommand } from '../supervisor/launch.ts';
import { gone } from '../supervisor/managed-process.ts';
import { readState } from '../supervisor/state.ts';
import { withLock } from '../system/lock.ts';
import { holderOf, portIsFree } from '../system/port-holder.ts';
import { bootId, identify, isAlive } from '../system/process-identity.ts';
import { removeUrls } from '../urls.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

interface DownOptions extends InstanceOptions, ClusterOptions {
  readonly purge: boolean;
}

export function command(): Command {
  return withClusterOptions(instanceCommand())
    .option('--purge', 'delete the data of this instance too', false)
    .addHelpText(
      'after',
      '\nWith --on current the shop, its data and its namespace go; with --on kind the whole kind cluster.',
    )
    .action((options: DownOptions) =>
      runToExit(options.json, () => (isOnCluster(options) ? downInCluster(options) : down(options))),
    );
}

async function downInCluster(options: ClusterOptions): Promise<Record<string, unknown>> {
  const { clusterDown } = await import('../cluster/down.ts');
  return clusterDown(options);
}

async function down(options: DownOptions): Promise<Record<string, unknown>> {
  const startedAt = performance.now();
  const instance = openInstance(options.instance);
  if (!instanceExists(instance)) {
    console.log(`  nothing to stop: the shop '${instance.name}' was never started here`);
    return { stopped: [], purged: false };
  }
  return withLock(join(instance.dir, 'up.lock'), async () => {
    const stopped = await stopAll(instance);
    if (instance.infra === 'compose') await composeDown(instance, options.purge);
    if (options.purge) purge(instance);
    const what = stopped.length > 0 ? `stopped ${stopped.join(', ')}` : 'nothing was running';
    const kept = options.purge ? 'data deleted' : 'data kept';
    console.log(
      `  ✔ ${what} · nothing left running · ${kept} · ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
    );
    return { stopped, purged: options.purge };
  });
}

async function stopAll(instance: Instance): Promise<string[]> {
  const running = await askOrAdopt(instance);
  removeUrls(instance);
  if (!running) return [];
  const supervisor = identify(running.supervisorPid);
  const { touched } = await supervisorCommand(instance, { op: 'shutdown' });
  if (supervisor) await gone(supervisor, 5_000);
  await requireNothingLeft(instance, touched);
  return [...touched];
}

/** Looks again, by another way than the supervisor's own word. */
async function requireNothingLeft(instance: Instance, stopped: readonly string[]): Promise<void> {
  const left = readState(instance.dir, bootId()).processes.flatMap(({ spec, identity }) =>
    identity && isAlive(identity) ? [`${spec.name} (pid ${identity.pid})`] : [],
  );
  for (const { name, port } of portList(instance.ports)) {
    if (stopped.includes(ownerOf(name)) && !(await portIsFree(port)))
      left.push(`port ${port} of ${name}, held by ${holderOf(port) ?? 'another user'}`);
  }
  if (await ask(instance, { op: 'status' })) left.push('the supervisor');
  if (left.length === 0) return;
  throw new CliError(
    'something is left running',
    left.join('; '),
    `run ${soukCommand(instance.name, 'down')} again, or end those processes by their pid`,
  );
}

function purge(instance: Instance): void {
  rmSync(instance.dir, { recursive: true, force: true });
}
