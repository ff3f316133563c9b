import type { OrderAccepted } from '@souk/contracts';
import type { Queryable } from '@souk/outbox';
import { type Cart, emptyCart } from '../domain/cart.js';
import type { Product } from '../domain/pricing.js';

/** The answer that an idempotency key stands for. */
export interface StoredAnswer {
  readonly bodyHash: string;
  readonly response: { readonly status: number; readonly body: OrderAccepted };
}

export interface Checkout {
  readonly answer: StoredAnswer | null;
  readonly cart: Cart;
  /** Products of the asked skus and of the cart. */
  readonly products: ReadonlyMap<string, Product>;
}

export interface RequestKey {
  readonly principal: string;
  readonly route: string;
  readonly key: string;
}

const PRODUCT = `json_build_object('sku', p.sku, 'name', p.name, 'status', p.status,
  'price', json_build_object('amount', p.price_amount, 'currency', p.price_currency))`;

/** All that placing an order needs to know, in one round trip. */
export async function readCheckout(db: Queryable, request: RequestKey, skus: readonly string[]): Promise<Checkout> {
  const { rows } = await db.query<{ answer: StoredAnswer | null; cart: Cart | null; products: Product[] | null }>({
    name: 'read-checkout',
    text: `with cart as (select version, lines from carts where user_id = $1)
      select
        (select json_build_object('bodyHash', body_hash, 'response', response) from idempotency_keys
          where principal = $1 and route = $2 and key = $3) as answer,
        (select json_build_object('version', version, 'lines', lines) from cart) as cart,
        (select json_agg(${PRODUCT}) from products p where p.sku = any ($4::text[] || array(
          select line->>'sku' from cart, jsonb_array_elements(lines) as line))) as products`,
    values: [request.principal, request.route, request.key, skus],
  });
  const { answer = null, cart = null, products = null } = rows[0] ?? {};
  return {
    answer,
    cart: cart ?? emptyCart,
    products: new Map((products ?? []).map((product) => [product.sku, product])),
  };
}
