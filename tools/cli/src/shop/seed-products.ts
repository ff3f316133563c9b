import { readFile } from 'node:fs/promises';

/** One product of the seed, as the body of POST /api/admin/products, and the stock it starts with. */
export interface SeedProduct {
  productId: string;
  sku: string;
  name: string;
  description: string;
  category: string;
  price: { amount: number; currency: string };
}

const FILE = new URL('../../../../services/catalog/seed/products.json', import.meta.url);

/** The believable products that a new shop starts with; fixed product ids make creating them idempotent. */
export async function seedProducts(): Promise<SeedProduct[]> {
  const products = JSON.parse(await readFile(FILE, 'utf8')) as SeedProduct[];
  if (products.length === 0) throw new Error(`${FILE.pathname} lists no products; restore it with git checkout.`);
  return products;
}
