import type { Queryable } from '@souk/outbox';
import type { Cart } from '../domain/cart.js';
import type { Product } from '../domain/pricing.js';
import { readCheckout } from './checkout.js';

/** Carts are plain rows; a write names the version it was made from. */
export class Carts {
  constructor(private readonly db: Queryable) {}

  /** The cart with the products in it and those of `skus`. */
  async read(
    userId: string,
    skus: readonly string[] = [],
  ): Promise<{ cart: Cart; products: ReadonlyMap<string, Product> }> {
    return readCheckout(this.db, { principal: userId, route: '', key: '' }, skus);
  }

  /** False when somebody else was faster; then nothing is written. */
  async write(userId: string, before: Cart, after: Cart): Promise<boolean> {
    const { rowCount } = await this.db.query({
      name: 'write-cart',
      text: `insert into carts (user_id, version, lines) select $1, $3::int, $4::jsonb where $2::int = 0
               or exists (select from carts where user_id = $1)
             on conflict (user_id) do update set version = excluded.version, lines = excluded.lines, updated_at = now()
             where carts.version = $2::int`,
      values: [userId, before.version, after.version, JSON.stringify(after.lines)],
    });
    return rowCount === 1;
  }
}
