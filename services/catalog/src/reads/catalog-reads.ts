/** Pattern: Cache-Aside, the reading half: from a copy, or else from the store, which makes one. */
import type { CacheAside, Json } from '@souk/cache';
import type { Categories, ProductPage, ProductState } from '@souk/contracts';
import { CatalogError } from '../domain/catalog.errors.js';
import type { ProductsQuery, ProductsRepository } from '../persistence/products.repository.js';
import { toProductState } from '../views/product-state.js';
import { canBeProduct, isPopular, type Kinds, listId, LISTS, tagOf } from './kinds.js';

/** Of finding out at the start whether there is a shared cache: it takes milliseconds, or its connection hangs. */
const SHARED_WITHIN_MS = 2_000;

/** What everybody may read. Commands decide on the store itself, never on a copy. */
export class CatalogReads {
  constructor(
    private readonly products: ProductsRepository,
    private readonly cache: CacheAside,
    private readonly kinds: Kinds,
  ) {}

  /** @throws CatalogError `product-not-found` */
  async product(productId: string): Promise<Json<ProductState>> {
    if (!canBeProduct(productId)) return JSON.stringify(toProductState(await this.products.get(productId)));
    const address = { id: productId, tag: tagOf(productId) };
    const text = await this.cache.read(this.kinds.product, address, () => this.#find(productId));
    if (text === undefined) throw new CatalogError('product-not-found');
    return text;
  }

  async list(query: ProductsQuery): Promise<Json<ProductPage>> {
    const load = () => this.#load(query);
    if (!isPopular(query)) return JSON.stringify(await load());
    return this.cache.read(this.kinds.list, { id: listId(query), tag: LISTS }, load);
  }

  categories(): Promise<Json<Categories>> {
    const load = async (): Promise<Categories> => ({ items: await this.products.categories() });
    return this.cache.read(this.kinds.categories, { id: 'all', tag: LISTS }, load);
  }

  /**
   * What every visitor asks for first, the home page's part of it, is there before the first one does. Waits for the shared cache, a
   * moment at most: copies made before it is found last as long as one in the process, a second.
   */
  async prime(): Promise<void> {
    await this.cache.shared?.known(SHARED_WITHIN_MS);
    await Promise.all([this.categories(), this.list({ sort: 'newest', page: 1, pageSize: 12 })]);
  }

  async #find(productId: string): Promise<ProductState | undefined> {
    try {
      return toProductState(await this.products.get(productId));
    } catch (error) {
      if (error instanceof CatalogError && error.code === 'product-not-found') return undefined;
      throw error;
    }
  }

  async #load(query: ProductsQuery): Promise<ProductPage> {
    const { items, total } = await this.products.list(query);
    return { items: items.map(toProductState), page: query.page, pageSize: query.pageSize, total };
  }
}
