import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { isOnCluster, withClusterOptions } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { CliError, describeError } from '../errors.ts';
import { ownerOf } from '../free-ports.ts';
import { composeDown } from '../infra/compose.ts';
import { instanceExists, openInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { runToExit } from '../output.ts';
import { portList } from '../ports.ts';
import { soukCommand } from '../souk-command.ts';
import { ask, askOrAdopt, command as supervisorCommand } from '../supervisor/launch.ts';
import { gone } from '../supervisor/managed-process.ts';
import { readState, stateIsReadable } from '../supervisor/state.ts';
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
  await endExperiment(instance);
  return withLock(join(instance.dir, 'up.lock'), async () => {
    const isLost = options.purge && !stateIsReadable(instance.dir);
    const stopped = await stopAll(instance, isLost);
    if (isLost) {
      if (instance.infra === 'compose') await composeDown(instance, false);
      await requireFreePorts(instance);
    }
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

/** A run that goes on would start again what is stopped here, and a dead one has perhaps left processes that nobody knows. */
async function endExperiment(instance: Instance): Promise<void> {
  const { isBroken } = await import('../../../chaos/src/run/lock.ts');
  if (!isBroken(instance)) return;
  const { halt } = await import('../../../chaos/src/run/halt.ts');
  const { hostSite } = await import('../../../chaos/src/target/host-site.ts');
  await halt(hostSite(instance.name)).then(
    () => console.log('  ✔ the experiment on it is over, and undone'),
    (error: unknown) => console.log(`  the experiment on it could not be undone: ${describeError(error).why}`),
  );
}

/** @param isLost nobody can read any more what ran: only a supervisor that still runs knows */
async function stopAll(instance: Instance, isLost: boolean): Promise<string[]> {
  const running = await (isLost ? ask(instance, { op: 'status' }) : askOrAdopt(instance));
  const supervisor = running && identify(running.supervisorPid);
  const stopped = running && (await supervisorCommand(instance, { op: 'shutdown' })).touched;
  // Not before: a stop that breaks off must not make what still runs look like a shop that was never up.
  removeUrls(instance);
  if (!stopped) return [];
  if (supervisor) await gone(supervisor, 5_000);
  await requireNothingLeft(instance, stopped, isLost);
  return [...stopped];
}

/** Looks again, by another way than the supervisor's own word. */
async function requireNothingLeft(instance: Instance, stopped: readonly string[], isLost: boolean): Promise<void> {
  const records = isLost ? [] : readState(instance.dir, bootId()).processes;
  const left = records.flatMap(({ spec, identity }) =>
    identity && isAlive(identity) ? [`${spec.name} (pid ${identity.pid})`] : [],
  );
  left.push(...(await heldPorts(instance, (owner) => stopped.includes(owner))));
  if (await ask(instance, { op: 'status' })) left.push('the supervisor');
  if (left.length === 0) return;
  throw new CliError(
    'something is left running',
    left.join('; '),
    `run ${soukCommand(instance.name, 'down')} again, or end those processes by their pid`,
  );
}

/** Where nobody knows what ran, its ports tell whether some of it still does: its data must not go from under it. */
async function requireFreePorts(instance: Instance): Promise<void> {
  const held = await heldPorts(instance, () => true);
  if (held.length === 0) return;
  throw new CliError(
    `nobody knows what runs of the shop '${instance.name}'`,
    `its record is not readable, and its ports are in use: ${held.join('; ')}`,
    `end those processes by their pid, then ${soukCommand(instance.name, 'down --purge')} again`,
  );
}

async function heldPorts(instance: Instance, isMeant: (owner: string) => boolean): Promise<string[]> {
  const held: string[] = [];
  for (const { name, port } of portList(instance.ports)) {
    if (isMeant(ownerOf(name)) && !(await portIsFree(port)))
      held.push(`port ${port} of ${name}, held by ${holderOf(port) ?? 'another user'}`);
  }
  return held;
}

function purge(instance: Instance): void {
  rmSync(instance.dir, { recursive: true, force: true });
}
