import { Command, Option } from 'commander';
import { isOnCluster, withClusterOptions } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { runToExit } from '../output.ts';
import { shopContext } from '../shop/context.ts';
import { renderDetails, renderIntervention, renderList } from '../shop/saga/render.ts';
import type { AdministeredShop } from '../shop/admin-api.ts';
import { SagaClient } from '../shop/saga/sagas.ts';
import { instanceCommand, wholeNumber } from './options.ts';
import type { InstanceOptions } from './options.ts';

const STATES = ['parked', 'running', 'abandoned', 'finished'] as const;

interface Options extends InstanceOptions, ClusterOptions {
  readonly state: (typeof STATES)[number];
  readonly limit: number;
  readonly reason: string;
}

type Answer = Promise<Record<string, unknown>>;

export function command(): Command {
  const program = new Command().addHelpText(
    'after',
    `
An order whose saga cannot go on by itself is parked and needs a person (docs/operations.md).
  ./souk saga list                                what needs a person, and why
  ./souk saga show <order-id>                     its steps, and what abandoning would leave to do
  ./souk saga retry <order-id>                    try again, with no failures behind it
  ./souk saga abandon <order-id> --reason "…"     undo it, or give it up once it cannot be undone`,
  );
  program.addCommand(
    subcommand('list', 'sagas that need a person, the oldest first')
      .addOption(new Option('--state <state>', 'others than those').choices(STATES).default('parked'))
      .option('--limit <n>', 'at most so many', wholeNumber, 50)
      .action((options: Options) => run(options, (client) => list(client, options))),
  );
  program.addCommand(
    subcommand('show', 'the saga of one order, step by step')
      .argument('<order-id>', 'the order')
      .action((orderId: string, options: Options) => run(options, (client) => show(client, orderId, options))),
  );
  program.addCommand(
    subcommand('retry', 'try what a parked or abandoned saga waits for again, now')
      .argument('<order-id>', 'the order')
      .addHelpText('after', '\nRepeating it is harmless.')
      .action((orderId: string, options: Options) =>
        run(options, async (client) => tell(await client.retry(orderId), options)),
      ),
  );
  program.addCommand(
    subcommand('abandon', 'give a parked saga up: undo it, or leave the rest to a person')
      .argument('<order-id>', 'the order')
      .requiredOption('--reason <text>', 'why; it is kept with the order')
      .addHelpText('after', '\nRepeating it is harmless; ./souk saga retry takes it back where nothing was undone.')
      .action((orderId: string, options: Options) =>
        run(options, async (client) => tell(await client.abandon(orderId, options.reason), options)),
      ),
  );
  return program;
}

function subcommand(name: string, summary: string): Command {
  return withClusterOptions(instanceCommand()).name(name).description(summary).exitOverride();
}

function run(options: Options, work: (client: SagaClient) => Answer): Promise<void> {
  return runToExit(options.json, async () => {
    const use = (shop: AdministeredShop): Answer => work(new SagaClient(shop));
    if (!isOnCluster(options)) return use(shopContext(options.instance));
    return (await import('../cluster/use.ts')).withClusterShop(options, use);
  });
}

async function list(client: SagaClient, { state, limit, json }: Options): Answer {
  const found = await client.list(state, limit);
  if (!json) for (const line of renderList(found, state)) console.log(line);
  return { sagas: found.items, total: found.total };
}

async function show(client: SagaClient, orderId: string, { json }: Options): Answer {
  const saga = await client.show(orderId);
  if (!json) for (const line of renderDetails(saga)) console.log(line);
  return { saga };
}

function tell(intervention: Awaited<ReturnType<SagaClient['retry']>>, { json }: Options): Record<string, unknown> {
  if (!json) for (const line of renderIntervention(intervention)) console.log(line);
  return { ...intervention };
}
