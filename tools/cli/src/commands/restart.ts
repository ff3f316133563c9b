import type { Command } from 'commander';
import { CliError } from '../errors.ts';
import { openInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { embeddedProvider, INFRA } from '../infra/provider.ts';
import type { InfraName } from '../infra/provider.ts';
import { Progress, runToExit } from '../output.ts';
import { SERVICES, serviceSpecs } from '../shop-processes.ts';
import { askOrAdopt, command as supervisorCommand } from '../supervisor/launch.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';
import { waitReady } from '../supervisor/wait.ts';
import { readUrls } from '../urls.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

const READY_WITHIN_MS = 60_000;

export function command(): Command {
  return instanceCommand()
    .argument('<name...>', `any of ${[...INFRA, ...SERVICES].join(', ')}`)
    .addHelpText(
      'after',
      '\nA service takes SOUK_VARIANTS, SOUK_FAILPOINTS and LOG_LEVEL from the environment of this command.',
    )
    .action((names: string[], options: InstanceOptions) =>
      runToExit(options.json, () => restart(openInstance(options.instance), names)),
    );
}

async function restart(instance: Instance, names: readonly string[]): Promise<Record<string, unknown>> {
  const running = (await askOrAdopt(instance))?.processes ?? [];
  for (const name of names) requireKnown(name, running, instance);
  const specs = await specsOf(instance, names);
  const progress = new Progress();
  await progress.step(`restart ${names.join(', ')}`, async () => {
    await supervisorCommand(instance, { op: 'restart', specs });
    await waitReady(instance, names, READY_WITHIN_MS);
  });
  return { restarted: names };
}

function requireKnown(name: string, running: readonly { name: string }[], instance: Instance): void {
  if (running.some((one) => one.name === name)) return;
  const why =
    running.length === 0
      ? `the shop '${instance.name}' is not running`
      : `it runs ${running.map((one) => one.name).join(', ')}`;
  throw new CliError(
    `there is no process '${name}' to restart`,
    why,
    running.length === 0 ? './souk up' : './souk status lists the names',
  );
}

/** Specifications as of now: what was built or set since the start counts. */
async function specsOf(instance: Instance, names: readonly string[]): Promise<ProcessSpec[]> {
  const urls = readUrls(instance) ?? {};
  const infra = { kafka: urls.KAFKA_URL ?? '', postgres: urls.PG_URL ?? '', mongo: urls.MONGO_URL ?? '' };
  const services = names.some((name) => (SERVICES as string[]).includes(name)) ? serviceSpecs(instance, infra) : [];
  const servers = names.filter((name): name is InfraName => (INFRA as readonly string[]).includes(name));
  const provider = embeddedProvider(instance, () => undefined);
  const own = await Promise.all(servers.map(async (name) => (await provider.provide(name)).spec ?? []));
  return [...services.filter((spec) => names.includes(spec.name)), ...own.flat()];
}
