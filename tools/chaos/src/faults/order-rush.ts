import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { seconds } from '../experiment/experiment.ts';
import { Customer, type Ware } from '../history/customer.ts';
import { History } from '../history/history.ts';
import { caller } from './callers.ts';
import type { Fault, Injecting } from './fault.ts';
import { freshProduct } from './fresh-product.ts';
import { saysTime } from './parameters.ts';
import { paused } from './repeat.ts';

const ENDS_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 500;
const FINAL: readonly string[] = ['confirmed', 'rejected', 'cancelled', 'shipped', 'refunded'];

const parameters = z.strictObject({
  buyers: z.number().int().min(2).max(300),
  /** Of the product that they want, a new one each time. */
  units: z.number().int().min(1).max(100_000),
  waves: z.number().int().min(1).max(50).default(1),
  every: seconds.pipe(z.number().min(100).max(60_000)).default(2_000),
  as: caller.default('rush'),
});
type Parameters = z.output<typeof parameters>;

/**
 * Everybody buys one unit of the same thing at the same moment. Counts `own.rush.accepted`, `own.rush.refused` (not even taken as an
 * order), `own.rush.sold` (confirmed), `own.rush.oversold` (sold beyond what there was) and `own.rush.unsold` (there was one left,
 * though an accepted order was rejected).
 */
export const orderRush: Fault<Parameters> = {
  kind: 'order-rush',
  summary: 'many buyers order the same rare thing at the same moment',
  on: ['host', 'k8s'],
  parameters,
  says: ({ buyers, units, waves, every }) =>
    `${buyers} buyers order the same thing at once, of which there are ${units}${waves > 1 ? `, ${waves} times, every ${saysTime(every)}` : ''}`,
  inject: async (injecting, { buyers, units, waves, every, as }) => {
    const wares: Ware[] = [];
    for (let wave = 0; wave < waves; wave++) wares.push(await freshProduct(injecting, units, as));
    injecting.background(inWaves(injecting, wares, { buyers, units, every, as }));
  },
};

async function inWaves(
  injecting: Injecting,
  wares: readonly Ware[],
  { buyers, units, every, as }: Pick<Parameters, 'buyers' | 'units' | 'every' | 'as'>,
): Promise<void> {
  const { until, count } = injecting;
  for (const series of ['accepted', 'refused', 'sold', 'oversold', 'unsold']) count(`rush.${series}`, 0);
  for (const ware of wares) {
    const { accepted, sold } = await rush(injecting, ware, buyers, as);
    count('rush.sold', sold);
    count('rush.oversold', Math.max(0, sold - units));
    count('rush.unsold', Math.max(0, Math.min(units, accepted) - sold));
    if (!(await paused(every, until))) return;
  }
}

async function rush({ target, count, note, folder }: Injecting, ware: Ware, buyers: number, as: string) {
  const history = new History(join(folder, `rush-${ware.sku}.jsonl`));
  const customer = new Customer(target.api, target.context.token, history, as);
  const lines = [{ ware, quantity: 1 }];
  const placed = await Promise.all(Array.from({ length: buyers }, () => customer.place({ key: randomUUID(), lines })));
  const orderIds = placed.filter((orderId) => orderId !== undefined);
  count('rush.accepted', orderIds.length);
  count('rush.refused', buyers - orderIds.length);
  const ends = await Promise.all(orderIds.map((orderId) => endOf(customer, orderId))).finally(() => history.close());
  const sold = ends.filter((status) => status === 'confirmed').length;
  note(`${buyers} wanted ${ware.sku}: ${orderIds.length} orders taken, ${sold} of them got it`);
  return { accepted: orderIds.length, sold };
}

/** Also after the fault is over: what it began has an end. @throws Error where the order has none in a minute */
async function endOf(customer: Customer, orderId: string): Promise<string> {
  for (const end = performance.now() + ENDS_WITHIN_MS; performance.now() < end; await sleep(LOOK_EVERY_MS)) {
    const order = await customer.read(orderId);
    if (order !== undefined && FINAL.includes(order.status)) return order.status;
  }
  throw new Error(`order ${orderId} of the rush has no end`);
}
