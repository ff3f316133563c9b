import type { Kind } from '@souk/cache';
import { categories, product, productPage } from '@souk/contracts';
import type { Categories, CatalogSettings, ProductPage, ProductState } from '@souk/contracts';
import type { ProductsQuery } from '../persistence/products.repository.js';

/** Settings that are followed while the process runs. */
export interface LiveCatalogSettings {
  readonly value: CatalogSettings;
}

/** Of keys in the shared cache. Another shape of an answer needs another: both are read while an upgrade runs. */
export const NAMESPACE = 'catalog:1';

/** What lists and categories are made from: all products. */
export const LISTS = 'lists';
export const tagOf = (productId: string): string => `product:${productId}`;

export interface Kinds {
  readonly product: Kind<ProductState>;
  readonly list: Kind<ProductPage>;
  readonly categories: Kind<Categories>;
}

/** What is kept of the catalog, and for how long. */
export const kindsOf = (settings: LiveCatalogSettings): Kinds => {
  const localMs = (): number => settings.value.cacheLocalMs;
  return {
    product: {
      name: 'product',
      isValid: (value) => product.safeParse(value).success,
      ttlMs: () => settings.value.cacheProductSeconds * 1_000,
      localMs,
      absentMs: () => settings.value.cacheAbsentMs,
      versionOf: ({ version }) => version,
    },
    list: {
      name: 'list',
      isValid: (value) => productPage.safeParse(value).success,
      // There is an empty page for every category that somebody makes up.
      isKept: ({ items }) => items.length > 0,
      ttlMs: () => settings.value.cacheListSeconds * 1_000,
      localMs,
    },
    categories: {
      name: 'categories',
      isValid: (value) => categories.safeParse(value).success,
      ttlMs: () => settings.value.cacheCategoriesSeconds * 1_000,
      localMs,
    },
  };
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** How many pages of a list people leaf through, and the sizes in which they are asked for. */
const PAGES = 5;
const PAGE_SIZES = new Set([10, 12, 20, 24, 50, 100]);

/** An id may be anything that fits into a path; only what can be a product's is worth a key. */
export const canBeProduct = (productId: string): boolean => UUID.test(productId);

/** The first pages of each category in each order: a few hundred keys. What people type has no end, and is rarely typed twice. */
export const isPopular = ({ q, page, pageSize }: ProductsQuery): boolean =>
  q === undefined && page <= PAGES && PAGE_SIZES.has(pageSize);

export const listId = ({ category, sort, page, pageSize }: ProductsQuery): string =>
  JSON.stringify([sort, page, pageSize, category ?? null]);
