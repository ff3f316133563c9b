import { readFile } from 'node:fs/promises';
import type { CreateProduct } from '@souk/contracts';
import { CliError } from '../errors.ts';

/** One product of the seed: the body of POST /api/admin/products, and the units it starts with. */
export interface SeedProduct extends CreateProduct {
  productId: string;
  stock: number;
}

const FILE = new URL('../../../../services/catalog/seed/products.json', import.meta.url);

/** The believable products that a new shop starts with; fixed product ids make creating them idempotent. */
export async function seedProducts(): Promise<SeedProduct[]> {
  const products = JSON.parse(await readFile(FILE, 'utf8')) as SeedProduct[];
  if (products.length === 0)
    throw new CliError('the seed is empty', `${FILE.pathname} lists no products`, 'git checkout services/catalog/seed');
  return products;
}
