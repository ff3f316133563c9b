import { CatalogError } from '../domain/catalog.errors.js';
import type { Decision, Product } from '../domain/product.js';
import { ProductsRepository } from '../persistence/products.repository.js';
import type { CategoryCount, Insertion, ProductsQuery } from '../persistence/products.repository.js';

/** Products in memory that count how often they are asked; no search, no conflicts. */
export class CountedProducts extends ProductsRepository {
  readonly rows = new Map<string, Product>();
  queries = 0;
  /** What a reader waits for after he has read. */
  after: Promise<void> = Promise.resolve();

  async insert({ product }: Required<Decision>): Promise<Insertion> {
    this.rows.set(product.productId, product);
    return { inserted: true };
  }

  async get(productId: string): Promise<Product> {
    this.queries += 1;
    const product = this.rows.get(productId);
    await this.after;
    if (product === undefined) throw new CatalogError('product-not-found');
    return product;
  }

  async update(productId: string, decide: (product: Product) => Decision): Promise<Product> {
    const before = this.rows.get(productId);
    if (before === undefined) throw new CatalogError('product-not-found');
    const { product } = decide(before);
    this.rows.set(productId, product);
    return product;
  }

  async list({ category }: ProductsQuery): Promise<{ items: Product[]; total: number }> {
    this.queries += 1;
    const items = [...this.rows.values()].filter((product) => category === undefined || product.category === category);
    await this.after;
    return { items, total: items.length };
  }

  async categories(): Promise<CategoryCount[]> {
    this.queries += 1;
    const counts = Map.groupBy(this.rows.values(), ({ category }) => category);
    return [...counts].map(([name, products]) => ({ name, products: products.length }));
  }
}
