import { seedProducts } from '../../../tools/cli/src/shop/seed-products.ts';
import { send } from './send.ts';

export interface Goods {
  readonly productId: string;
  readonly sku: string;
  readonly price: { readonly amount: number; readonly currency: string };
}

/** Of the seed the product with most in stock, as the shop has it: of what tests and strangers make nobody knows what it is. */
export async function inStock(gateway: string): Promise<Goods> {
  const [most] = (await seedProducts()).toSorted((one, other) => other.stock - one.stock);
  const { status, json } = await send(gateway, `/api/products/${most?.productId}`);
  if (status !== 200) throw new Error(`the shop does not have ${most?.sku} of the seed: ${status}`);
  return json as unknown as Goods;
}
