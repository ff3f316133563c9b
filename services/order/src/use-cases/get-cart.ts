import type { Cart as CartView } from '@souk/contracts';
import type { Cart } from '../domain/cart.js';
import { type Product, totalOf } from '../domain/pricing.js';
import type { Carts } from '../persistence/carts.js';

export class GetCart {
  constructor(private readonly carts: Carts) {}

  async execute(userId: string): Promise<CartView> {
    const { cart, products } = await this.carts.read(userId);
    return priced(cart, products);
  }
}

/** A retired product stays in the cart at its last price; only ordering it is refused. */
export function priced(cart: Cart, products: ReadonlyMap<string, Product>): CartView {
  const lines = cart.lines.flatMap(({ sku, quantity }) => {
    const product = products.get(sku);
    return product ? [{ sku, name: product.name, quantity, unitPrice: product.price }] : [];
  });
  return { version: cart.version, lines, total: totalOf(lines) };
}
