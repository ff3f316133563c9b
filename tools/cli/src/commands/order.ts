import { InvalidArgumentError, type Command } from 'commander';
import { MAX_QUANTITY } from '@souk/contracts';
import { runToExit } from '../output.ts';
import { shopContext } from '../shop/context.ts';
import { placeOrder, renderTimeline, type PlacedOrder } from '../shop/place-order.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

interface Options extends InstanceOptions {
  sku?: string;
  qty: number;
  user: string;
}

export function command(): Command {
  return instanceCommand()
    .option('--sku <sku>', 'what to order; default: a random seeded product that is in stock')
    .option('--qty <n>', `how many, 1 to ${MAX_QUANTITY}`, quantity, 1)
    .option('--user <name>', 'who orders', 'alice')
    .action((options: Options) => runToExit(options.json, () => order(options)));
}

async function order({ instance, json, ...wish }: Options): Promise<Record<string, unknown>> {
  const placed = await placeOrder(shopContext(instance), wish);
  if (!json) console.log(render(placed));
  return { ...placed, status: placed.orderStatus === 'confirmed' ? 'ok' : 'failed' };
}

function render({ orderId, orderStatus, timeline }: PlacedOrder): string {
  const mark = orderStatus === 'confirmed' ? '✔' : '✖';
  return `  ${mark} order ${orderId} ${orderStatus}\n    ${renderTimeline(timeline)}`;
}

function quantity(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MAX_QUANTITY) return value;
  throw new InvalidArgumentError(`a whole number from 1 to ${MAX_QUANTITY} is expected.`);
}
