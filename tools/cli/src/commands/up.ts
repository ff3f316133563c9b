import { join } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { writeAmbassadorConfig } from '../ambassador-config.ts';
import { build } from '../build.ts';
import { ensureSettings } from '../config/files.ts';
import { isOnCluster } from '../cluster/options.ts';
import type { ClusterUpOptions } from '../cluster/up.ts';
import { withClusterUpOptions } from '../cluster/up-options.ts';
import { CliError } from '../errors.ts';
import { requireFreePorts } from '../free-ports.ts';
import { createInstance, INFRA_KINDS, instanceExists, openInstance } from '../instance.ts';
import type { InfraKind, Instance } from '../instance.ts';
import { chooseInfra, requireKept } from '../infra/choose.ts';
import { migrateAll } from '../infra/migrations.ts';
import { embeddedNames } from '../infra/provider.ts';
import { startInfra } from '../infra/start.ts';
import { Progress, runToExit } from '../output.ts';
import { PORT_BASE_RULE } from '../port-base.ts';
import { ensureKeys } from '../secrets.ts';
import { leftOver, shopNames, shopSpecs } from '../shop-processes.ts';
import type { InfraUrls } from '../shop-processes.ts';
import { contextOf } from '../shop/context.ts';
import { seedAndOrder } from '../shop/first-order.ts';
import type { OrderResult } from '../shop/first-order.ts';
import { soukCommand } from '../souk-command.ts';
import { askOrAdopt, command as supervisorCommand } from '../supervisor/launch.ts';
import { waitReady } from '../supervisor/wait.ts';
import { withLock } from '../system/lock.ts';
import { tracingMode } from '../tracing/mode.ts';
import { collectorBinary } from '../tracing/processes.ts';
import { writeUrls } from '../urls.ts';
import { requireVariants } from '../variants.ts';
import { memoryOf } from '../memory-report.ts';
import { instanceCommand, wholeNumber } from './options.ts';
import { type LeftInForce, startHealed } from './start-healed.ts';
import type { InstanceOptions } from './options.ts';

const SERVICES_READY_WITHIN_MS = 60_000;

interface UpOptions extends InstanceOptions, ClusterUpOptions {
  readonly yes: boolean;
  readonly portBase?: number;
  readonly infraOnly: boolean;
  readonly infra?: InfraKind;
  readonly tracing?: boolean;
  readonly aggregation: boolean;
  readonly gatekeeper: boolean;
}

export function command(): Command {
  return withClusterUpOptions(instanceCommand())
    .option(
      '-y, --yes',
      'install missing system packages with apt, as root (also when CI=true)',
      process.env.CI === 'true',
    )
    .option('--port-base <n>', `shift every port by n, remembered for this instance; ${PORT_BASE_RULE}`, wholeNumber)
    .option('--no-order', 'do not place an order at the end')
    .option('--infra-only', 'start PostgreSQL, Kafka and MongoDB with databases and topics, but no service', false)
    .addOption(
      new Option(
        '--infra <kind>',
        'the servers: embedded, or compose (Docker); else what the instance has, or Docker if it answers',
      ).choices([...INFRA_KINDS]),
    )
    .option('--tracing', 'send the traces through an OpenTelemetry collector, as in a pod (SOUK_OTELCOL, or on PATH)')
    .option('--aggregation', 'put pages and batches together in a process of their own, behind the gateway', false)
    .option(
      '--gatekeeper',
      'put the gatekeeper in a process of its own before the gateway (also when SOUK_GATEKEEPER=separate)',
      process.env.SOUK_GATEKEEPER === 'separate',
    )
    .option('--no-tracing', 'run without the trace store; no service loads the tracing code')
    .addHelpText(
      'after',
      `
Servers that KAFKA_URL, PG_URL, MONGO_URL or VALKEY_URL name are used as they are; the others are started here.
Services take SOUK_VARIANTS, SOUK_FAILPOINTS, SOUK_KAFKA_DRIVER and LOG_LEVEL from the environment of this command.`,
    )
    .action((options: UpOptions) =>
      runToExit(options.json, () => (isOnCluster(options) ? upInCluster(options) : up(options))),
    );
}

async function upInCluster(options: UpOptions): Promise<Record<string, unknown>> {
  const { clusterUp } = await import('../cluster/up.ts');
  return clusterUp(options);
}

async function up(options: UpOptions): Promise<Record<string, unknown>> {
  const startedAt = performance.now();
  const progress = new Progress();
  const opened = {
    ...openInstance(options.instance, options.portBase),
    tracing: tracingMode(options.tracing),
    aggregation: options.aggregation,
    gatekeeper: options.gatekeeper,
  };
  const instance = { ...opened, infra: await chooseInfra(opened, options.infra) };
  if (instance.tracing === 'collector') collectorBinary(instance.name);
  const { requireHealthyMachine } = await import('../doctor/require.ts');
  await requireHealthyMachine(instance, { install: options.yes, progress });
  await requireSamePorts(instance);
  // The kind of servers is remembered by what makes their data.
  createInstance(opened);
  return withLock(
    join(instance.dir, 'up.lock'),
    async () => {
      // Another ./souk up may have chosen while this one waited.
      requireKept(openInstance(instance.name), instance.infra);
      const running = (await askOrAdopt(instance))?.processes.filter((one) => one.health !== 'stopped') ?? [];
      const embedded = new Set<string>(embeddedNames(process.env));
      await requireFreePorts(
        instance,
        new Set(running.map((one) => one.name)),
        (name) => embedded.has(name) || (!options.infraOnly && shopNames(instance).includes(name)),
      );
      const urls = options.infraOnly
        ? await infraOnly(instance, progress)
        : await startHealed(
            await leftInForce(instance),
            () => wholeShop(instance, progress),
            (line) => progress.line(line),
          );
      const result = options.infraOnly ? {} : await seedAndOrder(contextOf(instance, urls), options, progress);
      return summary(instance, urls, result, startedAt, options);
    },
    (holder) => progress.line(`  waiting for another ./souk up of this instance (pid ${holder})`),
  );
}

/** Of an experiment whose runner was killed, also by a reboot; one that still runs is let be. */
async function leftInForce(instance: Instance): Promise<LeftInForce> {
  const { alone, isBroken, runnerOf } = await import('../../../chaos/src/run/lock.ts');
  return {
    isThere: isBroken(instance) && runnerOf(instance) === undefined,
    undo: async () => {
      const { undoStale } = await import('../../../chaos/src/run/undoing.ts');
      const { hostSite } = await import('../../../chaos/src/target/host-site.ts');
      const site = hostSite(instance.name);
      return alone(site, async () => {
        // They run as this command has started them, whatever ran before.
        site.forget();
        return undoStale(site);
      });
    },
  };
}

/** Processes that run on one set of ports cannot be watched, checked or stopped on another. */
async function requireSamePorts(instance: Instance): Promise<void> {
  const offset = openInstance(instance.name).ports.offset;
  if (offset === instance.ports.offset || !instanceExists(instance) || !(await askOrAdopt(instance))) return;
  const why = `it runs with --port-base ${offset}`;
  throw new CliError(
    `the shop '${instance.name}' cannot change its ports now`,
    why,
    `${soukCommand(instance.name, 'down')}, then run this again`,
  );
}

async function infraOnly(instance: Instance, progress: Progress): Promise<Record<string, string>> {
  const [infra] = await Promise.all([
    startInfra(instance, progress),
    progress.step('contracts', () => build(instance, ['contracts'])),
  ]);
  const urls = writeUrls(instance, infra);
  await topics(infra, progress);
  return urls;
}

async function wholeShop(instance: Instance, progress: Progress): Promise<Record<string, string>> {
  const [infra] = await Promise.all([
    startInfra(instance, progress),
    progress.step('build', () => build(instance)),
    ensureKeys(instance.secretsDir),
  ]);
  await requireVariants();
  const urls = writeUrls(instance, infra);
  await Promise.all([topics(infra, progress), migrations(instance, infra, progress)]);
  writeAmbassadorConfig(instance);
  ensureSettings(instance);
  await supervisorCommand(instance, { op: 'start', specs: shopSpecs(instance, infra) });
  await supervisorCommand(instance, { op: 'stop', names: leftOver(instance) });
  await Promise.all(
    shopNames(instance).map((name) => progress.step(name, () => waitReady(instance, [name], SERVICES_READY_WITHIN_MS))),
  );
  return urls;
}

async function topics(infra: InfraUrls, progress: Progress): Promise<void> {
  await progress.step('topics', async (report) => {
    const { ensureTopics } = await import('../infra/topics.ts');
    const created = await ensureTopics(infra.kafka);
    if (created > 0) report.result(`${created} created`);
  });
}

async function migrations(instance: Instance, infra: InfraUrls, progress: Progress): Promise<void> {
  await progress.step('migrations', async (report) => {
    const results = await migrateAll(infra.postgres, instance.secretsDir);
    const applied = results.reduce((sum, one) => sum + one.applied.length, 0);
    if (applied > 0) report.result(`${applied} applied`);
  });
}

async function summary(
  instance: Instance,
  urls: Record<string, string>,
  order: OrderResult,
  startedAt: number,
  options: UpOptions,
) {
  const memory = await memoryOf(instance);
  const elapsedMs = Math.round(performance.now() - startedAt);
  const ready = `ready after ${(elapsedMs / 1000).toFixed(1)} s`;
  const next = (...commands: string[]) =>
    `  Next: ${commands.map((one) => soukCommand(instance.name, one)).join('   ')}`;
  if (options.infraOnly) {
    console.log(`  Infrastructure ${Math.round(memory.infra)} MiB · ${ready}`);
    console.log(next('env', 'status', 'up', 'down'));
  } else {
    console.log(
      `  Shop API ${urls.GATEWAY_URL?.replace('127.0.0.1', 'localhost')} · ${Math.round(memory.services)} MiB services + ${Math.round(memory.infra)} MiB infrastructure · ${ready}`,
    );
    const trace = order.orderId && instance.tracing !== 'off' ? [`trace ${order.orderId}`] : [];
    console.log(next('order', ...trace, 'status', 'logs order', 'down'));
  }
  const publicUrls = options.infraOnly ? {} : { gateway: urls.GATEWAY_URL };
  return {
    ...order,
    urls: publicUrls,
    elapsedMs,
    pssMiB: { services: Math.round(memory.services), infra: Math.round(memory.infra) },
  };
}
