import { randomUUID } from 'node:crypto';
import type { Db } from 'mongodb';

export const PRODUCTS = 200;
export const BASKETS = 100_000;
export const CUSTOMERS = 20_000;
const AT_ONCE = 500;

export const productIdOf = (number: number): string => `0195a000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const skuOf = (number: number): string => `BENCH-${number}`;

/** The documents of services/recommendation for a market of its own: skewed popularity, one to six products an order. */
export async function fillMarket(db: Db, customerOf: (number: number, salt: string) => number): Promise<void> {
  await db.dropDatabase();
  const epoch = randomUUID();
  await db.collection('changes').insertOne({ _id: 'changes' as never, epoch, count: 0, recent: [], readers: {} });
  const products = Array.from({ length: PRODUCTS }, (_, number) => ({
    _id: productIdOf(number) as never,
    version: 1,
    sku: skuOf(number),
    name: `Product ${number}`,
    category: `Category ${number % 8}`,
    price: { amount: 1_000 + number, currency: 'EUR' },
    active: true,
  }));
  await db.collection('products').insertMany(products);
  for (let done = 0; done < BASKETS; done += AT_ONCE) {
    await db
      .collection('baskets')
      .insertMany(
        Array.from({ length: AT_ONCE }, (_, index) => basket(done + index, (number) => customerOf(number, epoch))),
      );
  }
}

function basket(number: number, customerOf: (number: number) => number) {
  const anchor = Math.floor(PRODUCTS * Math.random() ** 2);
  const size = 1 + Math.floor(Math.random() * 6);
  const others = Array.from({ length: size - 1 }, (_, index) =>
    Math.random() < 0.5 ? (anchor + 7 * (index + 1)) % PRODUCTS : Math.floor(PRODUCTS * Math.random() ** 2),
  );
  const skus = [...new Set([anchor, ...others])].map(skuOf);
  const customer = customerOf(number % CUSTOMERS);
  return { _id: randomUUID() as never, version: 6, counts: true, customer, at: 1_700_000_000_000 + number, skus };
}
