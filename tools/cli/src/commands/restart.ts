import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { CliError } from '../errors.ts';
import { openInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { INFRA, ownProvider } from '../infra/provider.ts';
import type { InfraName } from '../infra/provider.ts';
import { valkeySpec } from '../infra/valkey.ts';
import { Progress, runToExit } from '../output.ts';
import type { ServiceName } from '../ports.ts';
import { SERVICES, serviceSpecs } from '../shop-processes.ts';
import { soukCommand } from '../souk-command.ts';
import { ask, askOrAdopt, command as supervisorCommand } from '../supervisor/launch.ts';
import { answers } from '../supervisor/probe.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';
import { waitReady } from '../supervisor/wait.ts';
import { collectorSpecs } from '../tracing/processes.ts';
import { infraUrlsOf, readUrls } from '../urls.ts';
import { requireVariants } from '../variants.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

const READY_WITHIN_MS = 60_000;
const DEPENDANTS_READY_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 100;

export function command(): Command {
  return instanceCommand()
    .argument('<name...>', `any of ${[...INFRA, 'valkey', ...SERVICES, 'collector'].join(', ')}`)
    .addHelpText(
      'after',
      `
A service takes SOUK_VARIANTS, SOUK_FAILPOINTS, SOUK_KAFKA_DRIVER, TRACES_PER_SECOND and LOG_LEVEL from the environment of
this command.
After infrastructure it waits until the services that stand on it are ready again.`,
    )
    .action((names: string[], options: InstanceOptions) =>
      runToExit(options.json, () => restart(openInstance(options.instance), names)),
    );
}

async function restart(instance: Instance, names: readonly string[]): Promise<Record<string, unknown>> {
  const running = (await askOrAdopt(instance))?.processes ?? [];
  for (const name of names) requireKnown(name, running, instance);
  await requireVariants();
  const specs = await specsOf(instance, names);
  const progress = new Progress();
  await progress.step(`restart ${names.join(', ')}`, async () => {
    await supervisorCommand(instance, { op: 'restart', specs });
    await waitReady(instance, names, READY_WITHIN_MS);
  });
  const servers = names.filter(isInfra);
  const dependants = running
    .filter(({ kind, health }) => kind === 'service' && health !== 'stopped')
    .map((one) => one.name);
  if (servers.length > 0 && dependants.length > 0) {
    await progress.step('services are ready again', () => servicesReady(instance, dependants));
  }
  return { restarted: names };
}

/** Bounded: a service that stays away is a failure with the command that shows why. */
async function servicesReady(instance: Instance, services: readonly string[]): Promise<void> {
  const end = performance.now() + DEPENDANTS_READY_WITHIN_MS;
  for (let missing = await notYetReady(instance, services); missing.length > 0;) {
    if (performance.now() > end) throw notReadyAgain(instance, missing);
    await sleep(LOOK_EVERY_MS);
    missing = await notYetReady(instance, services);
  }
}

/** Asks the services as well as the supervisor, whose knowledge of a ready service is up to two seconds old. */
async function notYetReady(instance: Instance, services: readonly string[]): Promise<string[]> {
  const known = (await ask(instance, { op: 'status' }))?.processes ?? [];
  const ready = await Promise.all(
    services.map(async (name) => {
      if (known.find((one) => one.name === name)?.health !== 'ready') return false;
      return answers({ protocol: 'http', port: instance.ports.management[name as ServiceName] });
    }),
  );
  return services.filter((_, index) => !ready[index]);
}

function notReadyAgain(instance: Instance, names: readonly string[]): CliError {
  return new CliError(
    `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not ready again`,
    `not within ${DEPENDANTS_READY_WITHIN_MS / 1_000} s after the restart`,
    soukCommand(instance.name, `logs ${names[0]}`),
  );
}

const isInfra = (name: string): name is InfraName => (INFRA as readonly string[]).includes(name);

function requireKnown(name: string, running: readonly { name: string }[], instance: Instance): void {
  if (running.some((one) => one.name === name)) return;
  const why =
    running.length === 0
      ? `the shop '${instance.name}' is not running`
      : `it runs ${running.map((one) => one.name).join(', ')}`;
  throw new CliError(
    `there is no process '${name}' to restart`,
    why,
    running.length === 0 ? soukCommand(instance.name, 'up') : `${soukCommand(instance.name, 'status')} lists the names`,
  );
}

/** Specifications as of now: what was built or set since the start counts. */
async function specsOf(instance: Instance, names: readonly string[]): Promise<ProcessSpec[]> {
  const infra = infraUrlsOf(readUrls(instance) ?? {});
  const services = names.some((name) => (SERVICES as string[]).includes(name)) ? serviceSpecs(instance, infra) : [];
  const collector = names.includes('collector') ? collectorSpecs(instance) : [];
  const servers = names.filter(isInfra);
  const provider = servers.length > 0 ? ownProvider(instance, () => undefined) : undefined;
  const own = await Promise.all(servers.map(async (name) => (await provider?.provide(name))?.spec ?? []));
  const cache = names.includes('valkey') ? [await valkeySpec(instance, () => undefined)] : [];
  return [...services.filter((spec) => names.includes(spec.name)), ...collector, ...own.flat(), ...cache];
}
