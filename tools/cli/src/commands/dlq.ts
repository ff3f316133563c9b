import { Command } from 'commander';
import { isOnCluster, withClusterOptions } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { CliError } from '../errors.ts';
import { runToExit } from '../output.ts';
import { shopContext } from '../shop/context.ts';
import type { AdministeredShop } from '../shop/admin-api.ts';
import { DeadLetterClient } from '../shop/dlq/dead-letters.ts';
import type { Action, Settled, SettledAll, Wish } from '../shop/dlq/dead-letters.ts';
import { renderDetails, renderLeft, renderList, renderSettled } from '../shop/dlq/render.ts';
import { isAllSettled, settleAll } from '../shop/dlq/settle-all.ts';
import { instanceCommand, wholeNumber } from './options.ts';
import type { InstanceOptions } from './options.ts';

interface Options extends InstanceOptions, ClusterOptions, Wish {
  readonly limit?: number;
  readonly all?: true;
}

type Answer = Promise<Record<string, unknown>>;

export function command(): Command {
  const program = new Command().addHelpText(
    'after',
    `
A message that always fails becomes a dead letter, and later ones of its key wait behind it (docs/operations.md).
  ./souk dlq list                                what was given up, and why
  ./souk dlq show inventory.commands.v1-7-1042   with its headers and bytes
  ./souk dlq replay inventory.commands.v1-7-1042 handle it again, then what waits behind it
  ./souk dlq discard inventory.commands.v1-7-1042  give it up, handle what waits behind it
  ./souk dlq replay --all --topic order.events.v1`,
  );
  program.addCommand(
    subcommand('list', 'what was given up, the oldest first')
      .option('--limit <n>', 'at most so many of each service', wholeNumber, 100)
      .action((options: Options) => run(options, (client) => list(client, options))),
  );
  program.addCommand(
    subcommand('show', 'one dead letter with its headers and bytes')
      .argument('<id>', 'its id, or the beginning of it')
      .action((id: string, options: Options) => run(options, (client) => show(client, id, options))),
  );
  program.addCommand(settling('replay', 'handle it again, then what waits behind it'));
  program.addCommand(settling('discard', 'give it up, and handle what waits behind it'));
  return program;
}

function subcommand(name: string, summary: string): Command {
  return withClusterOptions(instanceCommand())
    .name(name)
    .description(summary)
    .option('--service <name>', 'order, inventory, order-query or recommendation')
    .option('--topic <topic>', 'of this topic')
    .option('--key <key>', 'of this message key, for example an order id')
    .exitOverride();
}

function settling(action: Action, summary: string): Command {
  return subcommand(action, summary)
    .argument('[id...]', 'ids, or their beginnings')
    .option('--all', 'every one that --service, --topic and --key leave')
    .addHelpText(
      'after',
      '\nRepeating it is harmless. Exit code 1 when one is still dead, another took its place, or a service did not answer.',
    )
    .action((ids: string[], options: Options) => run(options, (client) => settle(client, action, ids, options)));
}

function run(options: Options, work: (client: DeadLetterClient) => Answer): Promise<void> {
  return runToExit(options.json, async () => {
    const use = (shop: AdministeredShop): Answer => work(new DeadLetterClient(shop));
    if (!isOnCluster(options)) return use(shopContext(options.instance));
    return (await import('../cluster/use.ts')).withClusterShop(options, use);
  });
}

async function list(client: DeadLetterClient, options: Options): Answer {
  const found = await client.list(wishOf(options), options.limit);
  if (!options.json) for (const line of renderList(found)) console.log(line);
  return { deadLetters: found.items, total: found.total, missing: found.missing };
}

async function show(client: DeadLetterClient, id: string, options: Options): Answer {
  const deadLetter = await client.show(await client.find(id, wishOf(options)));
  if (!options.json) for (const line of renderDetails(deadLetter)) console.log(line);
  return { deadLetter };
}

async function settle(client: DeadLetterClient, action: Action, ids: readonly string[], options: Options): Answer {
  if (ids.length > 0 === (options.all === true)) {
    const why = ids.length > 0 ? 'ids and --all exclude each other' : 'neither an id nor --all was given';
    throw new CliError(
      `nothing was named to ${action}`,
      why,
      `./souk dlq ${action} <id>, or ./souk dlq ${action} --all`,
    );
  }
  const tell = (result: Settled): void => {
    if (!options.json) console.log(renderSettled(result));
  };
  const wish = wishOf(options);
  const settled =
    ids.length === 0 ? await settleAll(client, action, wish, tell) : await settleThese(client, action, ids, wish, tell);
  if (!options.json) for (const line of renderLeft(settled)) console.log(line);
  return { ...settled, status: isAllSettled(settled) ? 'ok' : 'failed' };
}

async function settleThese(
  client: DeadLetterClient,
  action: Action,
  ids: readonly string[],
  wish: Wish,
  tell: (result: Settled) => void,
): Promise<SettledAll> {
  // All are found before the first is touched: a mistyped id changes nothing.
  const letters = await Promise.all(ids.map((id) => client.find(id, wish)));
  const results: Settled[] = [];
  for (const letter of letters) {
    const result = await client.settle(letter, action);
    results.push(result);
    tell(result);
  }
  return { results, missing: [], left: 0 };
}

const wishOf = ({ service, topic, key }: Options): Wish => ({
  ...(service !== undefined && { service }),
  ...(topic !== undefined && { topic }),
  ...(key !== undefined && { key }),
});
