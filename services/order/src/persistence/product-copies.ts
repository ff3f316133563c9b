import type { ProductState } from '@souk/contracts';
import type { PgTx } from '@souk/outbox';

/** Takes over newer states of products; an older one that arrives late changes nothing. */
export async function copyProducts(tx: PgTx, states: readonly ProductState[]): Promise<void> {
  const latest = new Map<string, ProductState>();
  for (const state of states) {
    if (state.version >= (latest.get(state.sku)?.version ?? 0)) latest.set(state.sku, state);
  }
  await tx.query({
    name: 'copy-products',
    text: `insert into products (sku, product_id, name, price_amount, price_currency, status, version)
           select sku, "productId", name, (price->>'amount')::bigint, price->>'currency', status, version
           from json_to_recordset($1::json) as p(sku text, "productId" uuid, name text, price json, status text, version int)
           order by sku
           on conflict (sku) do update set name = excluded.name, price_amount = excluded.price_amount,
             price_currency = excluded.price_currency, status = excluded.status, version = excluded.version
           where products.version < excluded.version`,
    values: [JSON.stringify([...latest.values()])],
  });
}
