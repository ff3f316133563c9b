import type { ProductState, PublicOrder } from '@souk/contracts';
import { fillNewest, type keepNewest, renewNewest } from '@souk/mongo';
import { toOrderDocument, toProductDocument, toSaleDocument } from '../persistence/documents.js';
import type { Views } from '../persistence/views.js';

/** How documents get into a collection: `keepNewest`, or its naive variant. */
export type Write = typeof keepNewest;

/** Pattern: Materialized View. The only writer of the views; every order and product comes with its full state and version. */
export class Projector {
  readonly #views: Views;
  readonly #write: Write;

  constructor(views: Views, write: Write) {
    this.#views = views;
    this.#write = write;
  }

  /** Into the active generation, and into the one that is being built. */
  async project(orders: readonly PublicOrder[]): Promise<void> {
    // Read anew every time: what is projected with a state from before a rebuild was committed before its scan, which finds it.
    const { active, building, salt } = await this.#views.current();
    await Promise.all([active, building].map((name) => name !== null && this.#into(name, salt, orders, this.#write)));
  }

  /** What a rebuild reads: nearly all of it is new there. */
  fill(generation: string, salt: string, orders: readonly PublicOrder[]): Promise<void> {
    return this.#into(generation, salt, orders, fillNewest);
  }

  async #into(generation: string, salt: string, orders: readonly PublicOrder[], write: Write): Promise<void> {
    const into = this.#views.generation(generation);
    await Promise.all([
      write(into.orders, orders.map(toOrderDocument)),
      write(
        into.sales,
        orders.map((order) => toSaleDocument(order, salt)),
      ),
    ]);
  }

  async projectProducts(products: readonly ProductState[]): Promise<void> {
    await this.#write(this.#views.products, products.map(toProductDocument));
  }

  /** What a rebuild reads: also over a document of the same version, which may be what it is to mend. */
  async renewProducts(products: readonly ProductState[]): Promise<void> {
    await renewNewest(this.#views.products, products.map(toProductDocument));
  }
}
