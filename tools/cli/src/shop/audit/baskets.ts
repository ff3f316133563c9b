import type { OrderFact } from './facts.ts';
import { outcomeOf } from './outcome.ts';

const WAIT_MS = 5_000;
const AT_ONCE = 1_000;
const DATABASE = 'souk_recommendation';

/** What recommendation counts for one order. */
export interface BasketFact {
  counts: boolean;
  skus: string[];
}

/** The baskets of recommendation, by order id. */
export async function readBaskets(mongoUrl: string): Promise<Map<string, BasketFact>> {
  const { MongoClient } = await import('mongodb');
  const client = new MongoClient(mongoUrl, { serverSelectionTimeoutMS: WAIT_MS, socketTimeoutMS: 30_000 });
  try {
    const baskets = client.db(DATABASE).collection<BasketFact & { _id: string }>('baskets');
    const found = new Map<string, BasketFact>();
    const projection = { counts: 1, skus: 1 };
    for await (const { _id, counts, skus } of baskets.find({}, { projection, batchSize: AT_ONCE })) {
      found.set(_id, { counts, skus });
    }
    return found;
  } finally {
    await client.close();
  }
}

/** A basket counts for each paid order, with its products, and for no other. One on its way, also back, may have either. */
export function basketDifferences(orders: readonly OrderFact[], baskets: ReadonlyMap<string, BasketFact>): string[] {
  const known = new Set(orders.map(({ orderId }) => orderId));
  const orphans = [...baskets].flatMap(([orderId, { counts }]) =>
    counts && !known.has(orderId) ? [`a basket counts for order ${orderId}, which does not exist`] : [],
  );
  return [...orphans, ...orders.flatMap((order) => basketFault(order, baskets.get(order.orderId)))];
}

function basketFault(order: OrderFact, basket: BasketFact | undefined): string[] {
  const outcome = outcomeOf(order);
  if (outcome === 'open') return [];
  if (outcome !== 'paid') return basket?.counts ? [`the basket of ${outcome} order ${order.orderId} counts`] : [];
  if (!basket?.counts) return [`paid order ${order.orderId} has no basket that counts`];
  const skus = (list: readonly string[]): string => [...new Set(list)].sort().join(' ');
  return skus(basket.skus) === skus(order.lines.map(({ sku }) => sku))
    ? []
    : [`the basket of order ${order.orderId} holds ${skus(basket.skus)}`];
}
