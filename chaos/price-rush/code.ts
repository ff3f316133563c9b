import type { Product } from '@souk/contracts';
import { z } from 'zod';
import { seedProducts } from '../../tools/cli/src/shop/seed-products.ts';
import type { ExperimentCode } from '../../tools/chaos/src/experiment/code.ts';
import { kind } from '../../tools/chaos/src/faults/faults.ts';
import type { Fault, Injecting } from '../../tools/chaos/src/faults/fault.ts';
import { repeat } from '../../tools/chaos/src/faults/repeat.ts';
import { type StoredUndo, undo } from '../../tools/chaos/src/faults/undo.ts';
import type { Measure } from '../../tools/chaos/src/measure/measure.ts';
import { metricSeries } from '../../tools/chaos/src/measure/of-processes.ts';
import { increase } from '../../tools/chaos/src/measure/series.ts';
import type { WayBack } from '../../tools/chaos/src/run/journal.ts';

const EVERY_MS = 1_000;
const MOST_ROUNDS = 60;
const LOOKED = 'looked';
const LOADS = { process: 'catalog', metric: 'souk_cache_loads_total' };

const parameters = z.strictObject({ visitors: z.int().min(2).max(200) });
type Parameters = z.output<typeof parameters>;

/** Each round: the price of a product changes, which outdates every copy of it, and then everybody looks. */
const priceRush: Fault<Parameters> = {
  kind: 'price-rush',
  summary: 'the price of a product changes, and many look at it in the same moment',
  on: ['host'],
  parameters,
  says: ({ visitors }) => `each second a new price, and ${visitors} who look at it`,
  async inject(injecting, { visitors }) {
    const { target, journal, background, until, count } = injecting;
    count(LOOKED, 0);
    const [seeded] = await seedProducts();
    const path = `/api/products/${seeded?.productId}`;
    const product = await target.api.expect<Product>([200], 'GET', path);
    await journal.before(priceBack(product));
    let amount = product.price.amount;
    const round = async (): Promise<void> => {
      amount += 1;
      await changePrice(injecting, product, amount);
      count(LOOKED, visitors);
      await Promise.all(Array.from({ length: visitors }, () => target.api.send('GET', path).catch(() => undefined)));
    };
    background(repeat({ everyMs: EVERY_MS, times: MOST_ROUNDS, until }, round));
  },
};

async function changePrice({ target }: Injecting, { productId, price }: Product, amount: number): Promise<void> {
  const token = await target.context.token('admin');
  const body = { price: { ...price, amount } };
  await target.api.expect([200], 'PUT', `/api/admin/products/${productId}/price`, { token, body });
}

const price = z.object({ amount: z.int(), currency: z.string() });

const priceBack = ({ productId, price, name }: Product): WayBack => ({
  undo: 'price-back',
  with: { productId, price },
  says: `the price of ${name} as it was`,
});

const priceUndo: StoredUndo = undo({
  parameters: z.object({ productId: z.string(), price }),
  run: async ({ api, context }, { productId, price }) => {
    const token = await context.token('admin');
    await api.expect([200], 'PUT', `/api/admin/products/${productId}/price`, { token, body: { price } });
  },
});

/** Reads of the store, whoever made it read, for each look of the rush. */
const loadsPerLook: Measure<Record<string, never>> = {
  name: 'loads-per-look',
  unit: '',
  parameters: z.strictObject({}),
  figure: ({ samples }, window) => {
    const [loads, looked] = [metricSeries(LOADS), `own.${LOOKED}`].map((series) => increase(samples, series, window));
    return loads === undefined || looked === undefined || looked === 0 ? undefined : loads / looked;
  },
  needs: () => [{ from: 'metrics', ...LOADS, as: metricSeries(LOADS) }],
};

export const code: ExperimentCode = {
  measures: [loadsPerLook],
  faults: [kind(priceRush)],
  undos: { 'price-back': priceUndo },
};
