import { BasketIndex } from '../domain/basket-index.js';
import type { Market } from '../domain/recommender.js';
import { Shelf } from '../domain/shelf.js';
import { orderKey } from '../persistence/keys.js';
import type { MarketDocuments } from '../persistence/view-store.js';

/** The market in memory, as the documents say. Applying a document again, or an order's newest after an older one, is right. */
export class LiveMarket implements Market {
  readonly shelf = new Shelf();
  readonly baskets = new BasketIndex();

  apply({ baskets = [], products = [], stock = [] }: Partial<MarketDocuments>): void {
    for (const { _id, ...product } of products) this.shelf.put({ productId: _id, ...product });
    for (const { _id, soldOut } of stock) this.shelf.setSoldOut(_id, soldOut);
    for (const { _id, counts, customer, at, skus } of baskets) {
      const order = orderKey(_id);
      if (counts) this.baskets.add({ order, customer, at, items: skus.map((sku) => this.shelf.numberOf(sku)) });
      else this.baskets.remove(order);
    }
  }
}
