import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createProduct } from '@souk/contracts';
import { z } from 'zod';

/** A line of the seed file: the body of POST /admin/products and the units to receive into stock. */
const seedProduct = createProduct.required({ productId: true }).extend({ stock: z.int().min(20).max(500) });
const file = join(import.meta.dirname, '../../seed/products.json');
const products = z.array(seedProduct).parse(JSON.parse(readFileSync(file, 'utf8')));

describe('the seed products', () => {
  it('are 200, 25 in each of 8 categories', () => {
    const counts = Map.groupBy(products, ({ category }) => category);
    expect([...counts.values()].map(({ length }) => length)).toEqual(Array.from({ length: 8 }, () => 25));
  });

  it.each(['productId', 'sku', 'name', 'description'] as const)('differ in their %s', (field) => {
    expect(new Set(products.map((product) => product[field])).size).toBe(200);
  });

  it('have UUIDv7 ids, in the order of the file', () => {
    const ids = products.map(({ productId }) => productId);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids).toEqual(ids.toSorted());
  });

  it('cost between 5 and 300 euros and say something about themselves', () => {
    for (const { price, description } of products) {
      expect(price.currency).toBe('EUR');
      expect(price.amount).toBeGreaterThanOrEqual(500);
      expect(price.amount).toBeLessThanOrEqual(30_000);
      expect(description).toMatch(/^[A-Z].{29,}\.$/);
    }
  });
});
