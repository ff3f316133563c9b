import type { Filter } from 'mongodb';
import type { CustomerSummary, ListAllOrdersQuery, Money, PublicOrder } from '@souk/contracts';
import { whenReachable } from '@souk/mongo';
import { isSold, type OrderDocument, timeOf, toPublicOrder } from './documents.js';
import type { Views } from './views.js';

export interface ListQuery extends Pick<ListAllOrdersQuery, 'status' | 'from' | 'to' | 'sku' | 'userId' | 'limit'> {
  /** Position of the last order of the page before. */
  readonly after?: string;
}

export interface OrderSlice {
  readonly orders: readonly PublicOrder[];
  /** Position of the last one, if there are more. */
  readonly last?: string;
}

interface StatusGroup {
  readonly _id: { readonly status: string; readonly currency: string };
  readonly orders: number;
  readonly amount: number;
  readonly first: string;
  readonly last: string;
}

/** Reads what the projector wrote; has no way to write. */
export class OrderLists {
  readonly #views: Pick<Views, 'recent' | 'generation'>;

  constructor(views: Pick<Views, 'recent' | 'generation'>) {
    this.#views = views;
  }

  /** Newest first. An order that is placed meanwhile comes before all pages, so none is seen twice and none is passed over. */
  async list({ limit, ...query }: ListQuery): Promise<OrderSlice> {
    const orders = await this.#orders();
    const found = await whenReachable(() =>
      orders
        .find(filterOf(query))
        .sort({ position: -1 })
        .limit(limit + 1)
        .batchSize(limit + 1)
        .toArray(),
    );
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1)?.position : undefined;
    return { orders: page.map(toPublicOrder), ...(last !== undefined && { last }) };
  }

  async summary(userId: string): Promise<Omit<CustomerSummary, 'asOf' | 'rebuilding'>> {
    const orders = await this.#orders();
    const groups = await whenReachable(() =>
      orders
        .aggregate<StatusGroup>([
          { $match: { userId } },
          {
            $group: {
              _id: { status: '$status', currency: '$currency' },
              orders: { $sum: 1 },
              amount: { $sum: '$amount' },
              first: { $min: '$position' },
              last: { $max: '$position' },
            },
          },
        ])
        .toArray(),
    );
    const sold = groups.filter(({ _id }) => isSold(_id.status));
    const [first] = groups.map((group) => group.first).sort();
    const last = groups
      .map((group) => group.last)
      .sort()
      .at(-1);
    return {
      userId,
      orders: sum(groups),
      confirmed: sum(sold),
      spent: spentOn(sold),
      ...(first !== undefined && { firstOrderAt: timeOf(first) }),
      ...(last !== undefined && { lastOrderAt: timeOf(last) }),
    };
  }

  async #orders() {
    const { active } = await this.#views.recent();
    return this.#views.generation(active).orders;
  }
}

function spentOn(groups: readonly StatusGroup[]): Money[] {
  return [...Map.groupBy(groups, ({ _id }) => _id.currency)]
    .map(([currency, rows]) => ({ amount: rows.reduce((total, { amount }) => total + amount, 0), currency }))
    .sort((a, b) => a.currency.localeCompare(b.currency));
}

const sum = (groups: readonly StatusGroup[]): number => groups.reduce((total, { orders }) => total + orders, 0);

/** Times are prefixes of positions: an order placed at `to` has a position behind `to`. */
function filterOf({ userId, status, sku, from, to, after }: Omit<ListQuery, 'limit'>): Filter<OrderDocument> {
  const upper = [after, to && new Date(to).toISOString()].filter((bound) => bound !== undefined).sort()[0];
  const position = {
    ...(from !== undefined && { $gte: new Date(from).toISOString() }),
    ...(upper !== undefined && { $lt: upper }),
  };
  return {
    ...(userId !== undefined && { userId }),
    ...(status !== undefined && { status }),
    ...(sku !== undefined && { skus: sku }),
    ...(Object.keys(position).length > 0 && { position }),
  };
}
