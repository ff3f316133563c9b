import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchAnswer, Product, ProductPageView } from '@souk/contracts';
import type { ApiClient } from '../tools/cli/src/shop/api-client.ts';
import type { Benchmark, Figure } from '../tools/cli/src/shop/benchmark.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { seedProducts } from '../tools/cli/src/shop/seed-products.ts';
import { partnerApi } from './partner.ts';
import { percentile } from './percentile.ts';
import { cpuMs, shopProcesses } from './shop-processes.ts';

const ROUNDS = 5;
const NEAR_CALLS = 200;
const FAR_CALLS = 20;
const FAR_MS = 150;
const AT_ONCE = 4;

/** What a client does to show one product; `far` is how long each of its round trips takes on the way. False: a part was missing. */
type Way = (productId: string, far: number) => Promise<boolean>;

/** The same page in three ways, in turns, so that all see the same machine: as a page, as a batch, as single calls. */
export const benchmark: Benchmark = {
  summary: 'a product page from the gateway against a batch and against single calls, near and 150 ms away',
  run: async (ctx, { say }) => {
    const ways = waysOf(partnerApi(ctx));
    const ids = (await seedProducts()).map(({ productId }) => productId);
    for (const way of Object.values(ways)) await times(way, ids, NEAR_CALLS, 0);
    const near: Record<string, number[]> = {};
    const far: Record<string, number[]> = {};
    const cpu: Record<string, number[]> = {};
    for (let round = 1; round <= ROUNDS; round++) {
      say(`round ${round} of ${ROUNDS}`);
      for (const [name, way] of Object.entries(ways)) {
        const before = cpuMs(await shopProcesses(ctx));
        (near[name] ??= []).push(...(await times(way, ids, NEAR_CALLS, 0)));
        (cpu[name] ??= []).push(((await cpuOf(ctx)) - before) / NEAR_CALLS);
        (far[name] ??= []).push(...(await times(way, ids, FAR_CALLS, FAR_MS)));
      }
    }
    const partial = ROUNDS * NEAR_CALLS - (near['page']?.length ?? 0);
    return [...Object.keys(ways).flatMap((name) => figures(name, near, far, cpu)), incomplete(partial)];
  },
};

const cpuOf = async (ctx: ShopContext): Promise<number> => cpuMs(await shopProcesses(ctx));

function waysOf(api: ApiClient): Record<string, Way> {
  const get = async <T>(path: string, far: number): Promise<T> => {
    if (far > 0) await sleep(far);
    return api.expect<T>([200], 'GET', path);
  };
  const recommendations = (id: string) => `/api/recommendations?productId=${id}&limit=8`;
  return {
    page: async (id, far) => {
      const { missing } = await get<ProductPageView>(`/api/pages/product/${id}`, far);
      return missing.length === 0;
    },
    batch: async (id, far) => {
      if (far > 0) await sleep(far);
      const body = { requests: [{ path: `/api/pages/product/${id}` }, { path: '/api/categories' }] };
      const { responses } = await api.expect<BatchAnswer>([200], 'POST', '/api/batch', { body });
      return responses.every(({ status }) => status === 200);
    },
    single: async (id, far) => {
      const suggesting = get(recommendations(id), far);
      // The stock is asked by sku, which only the product tells.
      const { sku } = await get<Product>(`/api/products/${id}`, far);
      await Promise.all([get(`/api/stock/${sku}`, far), suggesting]);
      return true;
    },
  };
}

/** Milliseconds of each call that brought everything, a few at a time. */
async function times(way: Way, ids: readonly string[], calls: number, far: number): Promise<number[]> {
  const measured: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < calls; index = next++) {
      const began = performance.now();
      if (await way(ids[index % ids.length] ?? '', far)) measured.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return measured;
}

type Measured = Readonly<Record<string, readonly number[]>>;

function figures(name: string, near: Measured, far: Measured, cpu: Measured): Figure[] {
  const p50 = (of: Measured, way = name): number => percentile([...(of[way] ?? [])], 50);
  const rivals = name === 'page' ? { rival: 'single' } : {};
  const against = (of: Measured) => (name === 'page' ? { ratio: p50(of) / p50(of, 'single') } : {});
  const what =
    {
      page: 'one page',
      batch: 'a batch of the page and the categories',
      single: 'product, stock, recommendations by themselves',
    }[name] ?? name;
  const figure = (id: string, of: Measured, unit: string, more: string): Figure => ({
    name: `aggregation.${name}.${id}`,
    what: `${what}${more}`,
    value: p50(of),
    unit,
    rounds: ROUNDS,
    ...rivals,
    ...against(of),
  });
  return [
    figure('p50', near, 'ms', ''),
    figure('far.p50', far, 'ms', `, each round trip ${FAR_MS} ms`),
    figure('cpu', cpu, 'ms', ', CPU of all processes'),
  ];
}

const incomplete = (value: number): Figure => ({
  name: 'aggregation.page.incomplete',
  what: `of ${ROUNDS * NEAR_CALLS} pages lacked a part: a service took over 300 ms`,
  value,
  unit: 'pages',
  goal: 0,
  rounds: ROUNDS,
});
