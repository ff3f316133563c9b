import type { Cart as CartView } from '@souk/contracts';
import type { Cart } from '../domain/cart.js';
import { OrderError } from '../domain/order.errors.js';
import { priceLines } from '../domain/pricing.js';
import type { Carts } from '../persistence/carts.js';
import { priced } from './get-cart.js';

const TRIES = 5;

export class ChangeCart {
  constructor(private readonly carts: Carts) {}

  /**
   * Applies `change` to the latest cart, again if somebody else was faster. `wanted` are the skus that must be for sale.
   * @throws OrderError
   */
  async execute(userId: string, wanted: readonly string[], change: (cart: Cart) => Cart): Promise<CartView> {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const { cart, products } = await this.carts.read(userId, wanted);
      priceLines(
        wanted.map((sku) => ({ sku, quantity: 1 })),
        products,
      );
      const after = change(cart);
      const view = priced(after, products);
      if (after === cart || (await this.carts.write(userId, cart, after))) return view;
    }
    throw new OrderError('cart-version', 'The cart is being changed by others; read it again.');
  }
}
