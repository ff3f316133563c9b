import { join } from 'node:path';
import type { Command } from 'commander';
import { build } from '../build.ts';
import { CliError } from '../errors.ts';
import { requireFreePorts } from '../free-ports.ts';
import { createInstance, instanceExists, openInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { migrateAll } from '../infra/migrations.ts';
import { embeddedNames } from '../infra/provider.ts';
import { startInfra } from '../infra/start.ts';
import { Progress, runToExit } from '../output.ts';
import { PORT_BASE_RULE } from '../port-base.ts';
import { ensureKeys } from '../secrets.ts';
import { SERVICES, serviceSpecs } from '../shop-processes.ts';
import type { InfraUrls } from '../shop-processes.ts';
import { contextOf } from '../shop/context.ts';
import type { ShopContext } from '../shop/context.ts';
import { isFinal, lookAgain } from '../shop/order-outcome.ts';
import { soukCommand } from '../souk-command.ts';
import { askOrAdopt, command as supervisorCommand } from '../supervisor/launch.ts';
import { waitReady } from '../supervisor/wait.ts';
import { withLock } from '../system/lock.ts';
import { writeUrls } from '../urls.ts';
import { memoryOf } from '../memory-report.ts';
import { instanceCommand, wholeNumber } from './options.ts';
import type { InstanceOptions } from './options.ts';

const SERVICES_READY_WITHIN_MS = 60_000;

interface UpOptions extends InstanceOptions {
  readonly yes: boolean;
  readonly portBase?: number;
  readonly order: boolean;
  readonly infraOnly: boolean;
}

export function command(): Command {
  return instanceCommand()
    .option(
      '-y, --yes',
      'install missing system packages with apt, as root (also when CI=true)',
      process.env.CI === 'true',
    )
    .option('--port-base <n>', `shift every port by n, remembered for this instance; ${PORT_BASE_RULE}`, wholeNumber)
    .option('--no-order', 'do not place an order at the end')
    .option('--infra-only', 'start PostgreSQL, Kafka and MongoDB with databases and topics, but no service', false)
    .addHelpText(
      'after',
      `
Servers that KAFKA_URL, PG_URL or MONGO_URL name are used as they are; the others are started here.
Services take SOUK_VARIANTS, SOUK_FAILPOINTS and LOG_LEVEL from the environment of this command.`,
    )
    .action((options: UpOptions) => runToExit(options.json, () => up(options)));
}

async function up(options: UpOptions): Promise<Record<string, unknown>> {
  const startedAt = performance.now();
  const progress = new Progress();
  const instance = openInstance(options.instance, options.portBase);
  const { requireHealthyMachine } = await import('../doctor/require.ts');
  await requireHealthyMachine(instance, { install: options.yes, progress });
  await requireSamePorts(instance);
  createInstance(instance);
  return withLock(
    join(instance.dir, 'up.lock'),
    async () => {
      const running = (await askOrAdopt(instance))?.processes.filter((one) => one.health !== 'stopped') ?? [];
      const embedded = new Set<string>(embeddedNames(process.env));
      await requireFreePorts(
        instance,
        new Set(running.map((one) => one.name)),
        (name) => embedded.has(name) || (!options.infraOnly && (SERVICES as string[]).includes(name)),
      );
      const urls = options.infraOnly ? await infraOnly(instance, progress) : await wholeShop(instance, progress);
      const result = options.infraOnly ? {} : await seedAndOrder(contextOf(instance, urls), options, progress);
      return summary(instance, urls, result, startedAt, options);
    },
    (holder) => progress.line(`  waiting for another ./souk up of this instance (pid ${holder})`),
  );
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
  const urls = writeUrls(instance, infra);
  await Promise.all([topics(infra, progress), migrations(instance, infra, progress)]);
  await supervisorCommand(instance, { op: 'start', specs: serviceSpecs(instance, infra) });
  await Promise.all(
    SERVICES.map((name) => progress.step(name, () => waitReady(instance, [name], SERVICES_READY_WITHIN_MS))),
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

interface OrderResult {
  readonly orderId?: string;
  readonly orderStatus?: string;
}

async function seedAndOrder(shop: ShopContext, options: UpOptions, progress: Progress): Promise<OrderResult> {
  await progress.step('products and stock', async (report) => {
    const { seedShop } = await import('../shop/seed.ts');
    const { products, created } = await seedShop(shop);
    report.result(created > 0 ? `${products} products, ${created} new` : `${products} products`);
  });
  if (!options.order) return {};
  return progress.step('order', async (report) => {
    const { placeOrder } = await import('../shop/place-order.ts');
    const { orderId, orderStatus, timeline } = await placeOrder(shop, {});
    report.result(`${orderId}  ${timeline.map(({ step, atMs }) => `${step} ${Math.round(atMs)} ms`).join(' → ')}`);
    if (orderStatus !== 'confirmed') throw notConfirmed(shop, orderId, orderStatus);
    return { orderId, orderStatus };
  });
}

function notConfirmed(shop: ShopContext, orderId: string, status: string): CliError {
  if (!isFinal(status)) {
    const why = 'every part runs, but the shop did not end its first order in time';
    return new CliError(`order ${orderId} is still on its way (${status})`, why, lookAgain(shop, orderId));
  }
  return new CliError(
    `order ${orderId} ended as '${status}'`,
    'every part runs, but the shop did not confirm its first order',
    `${soukCommand(shop.instance, 'logs order')} and ${soukCommand(shop.instance, 'logs payment')} show what it met`,
  );
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
    console.log(next('order', 'status', 'logs order', 'down'));
  }
  const publicUrls = options.infraOnly ? {} : { gateway: urls.GATEWAY_URL };
  return {
    ...order,
    urls: publicUrls,
    elapsedMs,
    pssMiB: { services: Math.round(memory.services), infra: Math.round(memory.infra) },
  };
}
