import { BasketIndex } from '../domain/basket-index.js';
import type { Market } from '../domain/recommender.js';
import { Assortment } from '../domain/assortment.js';
import { basketKey } from '../persistence/keys.js';
import type { MarketDocuments } from '../persistence/view-store.js';

/** The market in memory, as the documents say. Applying a document again, or an order's newest after an older one, is right. */
export class LiveMarket implements Market {
  readonly assortment = new Assortment();
  readonly baskets = new BasketIndex();

  apply({ baskets = [], products = [], stock = [] }: Partial<MarketDocuments>): void {
    for (const { _id, ...product } of products) this.assortment.put({ productId: _id, ...product });
    for (const { _id, soldOut } of stock) this.assortment.setSoldOut(_id, soldOut);
    for (const { _id, counts, customer, at, skus } of baskets) {
      const id = basketKey(_id);
      if (counts) this.baskets.add({ id, customer, at, items: skus.map((sku) => this.assortment.numberOf(sku)) });
      else this.baskets.remove(id);
    }
  }
}
