import type { Decision, Product } from '../domain/product.js';

export type ProductSort = 'name' | '-name' | 'price' | '-price' | 'newest';

export interface ProductsQuery {
  /** Free text; every word of it must begin a word of the name or description. */
  readonly q?: string | undefined;
  readonly category?: string | undefined;
  readonly sort: ProductSort;
  /** Counted from 1. */
  readonly page: number;
  readonly pageSize: number;
}

export interface CategoryCount {
  readonly name: string;
  readonly products: number;
}

export type Insertion =
  | { readonly inserted: true }
  /** The id is in use; `request` is the fingerprint under which that product was created. */
  | { readonly inserted: false; readonly product: Product; readonly request: string };

/** Products with the events about them: each write stores the product and its event as one unit. */
export abstract class ProductsRepository {
  /** @throws CatalogError `sku-taken` */
  abstract insert(created: Required<Decision>, request: string): Promise<Insertion>;

  /** @throws CatalogError `product-not-found` */
  abstract get(productId: string): Promise<Product>;

  /**
   * Decides on the stored product and stores the outcome if nobody else wrote meanwhile, else decides again on what they left.
   * `decide` must be pure. @throws CatalogError `product-not-found`, `product-busy`, and whatever `decide` throws
   */
  abstract update(productId: string, decide: (product: Product) => Decision): Promise<Product>;

  /** Active products, one page, and the number of all that match. */
  abstract list(query: ProductsQuery): Promise<{ readonly items: Product[]; readonly total: number }>;

  /** Categories with active products, by name. */
  abstract categories(): Promise<CategoryCount[]>;
}
