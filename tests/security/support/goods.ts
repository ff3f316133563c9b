import { send } from './send.ts';

export interface Goods {
  readonly productId: string;
  readonly sku: string;
  readonly price: { readonly amount: number; readonly currency: string };
}

/** The dearest product of the shop: tests make cheap ones, which nobody has in stock. */
export async function dearest(gateway: string): Promise<Goods> {
  const { json } = await send(gateway, '/api/products?pageSize=1&sort=-price');
  const [product] = (json['items'] ?? []) as Goods[];
  if (product === undefined) throw new Error('the shop has no products');
  return product;
}
