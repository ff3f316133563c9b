import { InvalidArgumentError, type Command } from 'commander';
import { isOnCluster, withClusterOptions } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { CliError } from '../errors.ts';
import { runToExit } from '../output.ts';
import { shopContext } from '../shop/context.ts';
import type { ShopContext } from '../shop/context.ts';
import { loadContracts } from '../shop/contracts.ts';
import { placeOrder } from '../shop/place-order.ts';
import { renderOrder } from '../shop/render-order.ts';
import { soukCommand } from '../souk-command.ts';
import { instanceCommand, wholeNumber } from './options.ts';
import type { InstanceOptions } from './options.ts';

interface Options extends InstanceOptions, ClusterOptions {
  sku?: string;
  qty: number;
  user: string;
}

export function command(): Command {
  return withClusterOptions(instanceCommand())
    .option('--sku <sku>', 'what to order; default: a random seeded product that is in stock')
    .option('--qty <n>', 'how many', atLeastOne, 1)
    .option('--user <name>', 'who orders', 'alice')
    .addHelpText('after', '\nExit code 1 unless the order is confirmed; orderStatus of --json says what it is.')
    .action((options: Options) =>
      runToExit(options.json, () => (isOnCluster(options) ? orderInCluster(options) : orderOnHost(options))),
    );
}

async function orderInCluster(options: Options): Promise<Record<string, unknown>> {
  const { withClusterShop } = await import('../cluster/use.ts');
  return withClusterShop(options, (shop) => order(shop, options));
}

async function orderOnHost(options: Options): Promise<Record<string, unknown>> {
  await loadContracts(options.instance);
  return order(shopContext(options.instance), options);
}

async function order(shop: ShopContext, { json, ...wish }: Options): Promise<Record<string, unknown>> {
  const { MAX_QUANTITY } = await loadContracts(shop.instance);
  if (wish.qty > MAX_QUANTITY) {
    const fix = soukCommand(shop.instance, `order --qty ${MAX_QUANTITY}`);
    throw new CliError(`${wish.qty} is too much of one product`, `an order takes at most ${MAX_QUANTITY}`, fix);
  }
  const placed = await placeOrder(shop, wish);
  if (!json) console.log(renderOrder(placed, { shop, user: wish.user }));
  return { ...placed, status: placed.orderStatus === 'confirmed' ? 'ok' : 'failed' };
}

function atLeastOne(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('at least 1 is needed');
  return value;
}
