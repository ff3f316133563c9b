import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import type { Ware } from '../history/customer.ts';
import type { Target } from '../target/target.ts';
import type { Injecting } from './fault.ts';
import { type StoredUndo, undo } from './undo.ts';

const KNOWN_WITHIN_MS = 20_000;
const PRICE = { amount: 1_000, currency: 'EUR' };
const cart = z.object({ version: z.number() });

/** A product that nobody has seen before, of which there are so many; order knows it when this resolves. It is retired at the end. */
export async function freshProduct({ target, journal }: Injecting, units: number, user: string): Promise<Ware> {
  const productId = randomUUID();
  const sku = `RUSH-${productId.slice(0, 8).toUpperCase()}`;
  const token = await target.context.token('admin');
  await journal.before({ undo: 'retire-product', with: { productId }, says: `take ${sku} out of the catalog` });
  const body = {
    productId,
    sku,
    name: 'A rare thing',
    description: 'Everybody wants it.',
    category: 'Rare',
    price: PRICE,
  };
  await target.api.expect([200, 201], 'POST', '/api/admin/products', { token, body });
  const receipt = { receiptId: `rush-${productId}`, lines: [{ sku, quantity: units }] };
  await target.api.expect([200, 201], 'POST', '/api/admin/stock/receipts', { token, body: receipt });
  await untilOrderKnows(target, sku, user);
  return { sku, price: PRICE };
}

/** A cart that takes it proves it. */
async function untilOrderKnows({ api, context }: Target, sku: string, user: string): Promise<void> {
  const token = await context.token(user);
  await waitFor(`order knows ${sku}`, KNOWN_WITHIN_MS, async () => {
    const { version } = cart.parse(await api.expect([200], 'GET', '/api/cart', { token }));
    const body = { version, lines: [{ sku, quantity: 1 }] };
    return (await api.send('PUT', '/api/cart', { token, body })).status === 200;
  });
}

export const PRODUCT_UNDOS: Readonly<Record<string, StoredUndo>> = {
  'retire-product': undo({
    parameters: z.object({ productId: z.uuid() }),
    run: async ({ api, context }, { productId }) => {
      const token = await context.token('admin');
      await api.expect([200, 204, 404], 'DELETE', `/api/admin/products/${productId}`, { token });
    },
  }),
};
