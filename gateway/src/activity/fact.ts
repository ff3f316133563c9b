import { addCartItem, uuid } from '@souk/contracts';

/** What somebody did that others may learn from. */
export type Fact =
  | { readonly type: 'product-viewed'; readonly productId: string }
  | { readonly type: 'cart-item-added'; readonly sku: string; readonly quantity: number };

/** What a request that a service has answered well says: the path is that at the service. Undefined: nothing certain. */
export function factOf(type: Fact['type'], path: string, body: Uint8Array | undefined): Fact | undefined {
  if (type === 'product-viewed') {
    const productId = uuid.safeParse(path.split('?', 1)[0]?.split('/').at(-1));
    return productId.success ? { type, productId: productId.data } : undefined;
  }
  const item = addCartItem.safeParse(parsed(body));
  return item.success ? { type, ...item.data } : undefined;
}

function parsed(body: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(body ?? []).toString());
  } catch {
    return undefined;
  }
}
