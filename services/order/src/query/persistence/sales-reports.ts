import type { DailySales, Money, ProductSales } from '@souk/contracts';
import { whenReachable } from '@souk/mongo';
import type { ProductDocument } from './documents.js';
import type { Views } from './views.js';

export interface ReportRange {
  /** Days in UTC, both included. */
  readonly from: string;
  readonly to: string;
}

interface Sales<K> {
  readonly _id: K & { readonly currency: string };
  readonly amount: number;
  readonly quantity: number;
  readonly name?: string;
}
interface Buyers {
  readonly _id: string;
  readonly buyers: number;
}

const UNKNOWN = 'unknown';

/** Pattern: Materialized View, the guide's own: per product of a category, total sales and number of buyers. No personal data. */
export class SalesReports {
  readonly #views: Pick<Views, 'recent' | 'generation' | 'products'>;

  constructor(views: Pick<Views, 'recent' | 'generation' | 'products'>) {
    this.#views = views;
  }

  /** Best sellers first. */
  async products(range: ReportRange, category?: string): Promise<ProductSales['items']> {
    const known = await this.#products(category);
    const skus = category === undefined ? undefined : [...known.keys()];
    const ofCategory = skus === undefined ? {} : { 'lines.sku': { $in: skus } };
    const lines = [{ $match: { ...confirmedIn(range), ...ofCategory } }, { $unwind: '$lines' }, { $match: ofCategory }];
    const { active } = await this.#views.recent();
    const bySku = [...lines, groupBy({ sku: '$lines.sku' }, '$lines.', '$lines.quantity')];
    const [sales, buyers] = await Promise.all([
      this.#aggregate<Sales<{ sku: string }>>(active, bySku),
      this.#aggregate<Buyers>(active, [...lines, ...countBuyers('$lines.sku')]),
    ]);
    const buyersOf = new Map(buyers.map((row) => [row._id, row.buyers]));
    return [...Map.groupBy(sales, ({ _id }) => _id.sku)]
      .map(([sku, rows]) => ({
        sku,
        name: known.get(sku)?.name ?? rows[0]?.name ?? sku,
        category: known.get(sku)?.category ?? UNKNOWN,
        sales: toMoney(rows),
        quantity: quantityOf(rows),
        buyers: buyersOf.get(sku) ?? 0,
      }))
      .sort((a, b) => b.quantity - a.quantity || a.sku.localeCompare(b.sku));
  }

  /** Days without sales are left out. */
  async days(range: ReportRange): Promise<DailySales['items']> {
    const orders = [{ $match: confirmedIn(range) }];
    const { active } = await this.#views.recent();
    const [sales, buyers] = await Promise.all([
      this.#aggregate<Sales<{ day: string }>>(active, [...orders, groupBy({ day: '$day' }, '$', 1)]),
      this.#aggregate<Buyers>(active, [...orders, ...countBuyers('$day')]),
    ]);
    const buyersOf = new Map(buyers.map((row) => [row._id, row.buyers]));
    return [...Map.groupBy(sales, ({ _id }) => _id.day)]
      .map(([day, rows]) => ({
        day,
        sales: toMoney(rows),
        orders: quantityOf(rows),
        buyers: buyersOf.get(day) ?? 0,
      }))
      .sort((a, b) => a.day.localeCompare(b.day));
  }

  async #products(category: string | undefined): Promise<Map<string, ProductDocument>> {
    const filter = category === undefined ? {} : { category };
    const products = await whenReachable(() => this.#views.products.find(filter).toArray());
    return new Map(products.map((product) => [product._id, product]));
  }

  /** Both parts of a report are of one generation. */
  #aggregate<R extends object>(active: string, pipeline: object[]): Promise<R[]> {
    return whenReachable(() => this.#views.generation(active).sales.aggregate<R>(pipeline).toArray());
  }
}

const confirmedIn = ({ from, to }: ReportRange) => ({ confirmed: true, day: { $gte: from, $lte: to } });

const groupBy = (key: Readonly<Record<string, string>>, money: '$' | '$lines.', quantity: string | 1) => ({
  $group: {
    _id: { ...key, currency: `${money}currency` },
    amount: { $sum: `${money}amount` },
    quantity: { $sum: quantity },
    ...(key['sku'] !== undefined && { name: { $max: '$lines.name' } }),
  },
});

/** Each buyer once: first the pairs, then their number. */
const countBuyers = (key: string) => [
  { $group: { _id: { key, buyer: '$buyer' } } },
  { $group: { _id: '$_id.key', buyers: { $sum: 1 } } },
];

const quantityOf = (rows: readonly { readonly quantity: number }[]): number =>
  rows.reduce((sum, { quantity }) => sum + quantity, 0);

const toMoney = (rows: readonly Sales<unknown>[]): Money[] =>
  rows
    .map(({ _id, amount }) => ({ amount, currency: _id.currency }))
    .sort((a, b) => a.currency.localeCompare(b.currency));
