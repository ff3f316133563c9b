import {
  categories,
  type HomePageView,
  productPage,
  recommendations,
  type StockLevels,
  stockLevels,
} from '@souk/contracts';
import { type PageParts, type Part, type PartCall, type Parts, toldOf } from './parts.js';

const NEWEST = 12;
const SUGGESTIONS = 8;

/** Pattern: Gateway Aggregation. The first page of the shop: new products must be there, everything else may be missing. */
export class HomePages {
  /** Of what was newest last, which is seldom another: so its stock is asked for at the same time, by one call for all of it. */
  #skus = '';
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws CodedError 503, 504 when catalog cannot be asked */
  async load(authorization: string, isSignedIn: boolean): Promise<HomePageView> {
    const parts = this.#parts.forPage();
    const suggestions = (query: string) =>
      ({
        upstream: 'recommendation',
        path: `/recommendations?${query}limit=${SUGGESTIONS}`,
        schema: recommendations,
        authorization,
      }) satisfies PartCall<unknown>;
    const newest = { upstream: 'catalog', path: `/products?sort=newest&pageSize=${NEWEST}` } as const;
    const known = this.#skus;
    const [products, early, groups, popular, own] = await Promise.all([
      parts.required('newest', { ...newest, schema: productPage, authorization }),
      stockOf(parts, known, authorization),
      parts.optional('categories', { upstream: 'catalog', path: '/categories', schema: categories, authorization }),
      parts.optional('popular', suggestions('')),
      isSignedIn ? parts.optional('forYou', { ...suggestions('customer=me&'), isPersonal: true }) : undefined,
    ]);
    this.#skus = products.items.map(({ sku }) => sku).join();
    const stock = this.#skus === known ? early : await stockOf(parts, this.#skus, authorization);
    return {
      newest: products.items,
      categories: groups.value?.items ?? null,
      popular: popular.value?.items ?? null,
      stock: stock.value?.items ?? null,
      ...(own !== undefined && { forYou: own.value?.items ?? null }),
      ...toldOf(groups, popular, stock, ...(own === undefined ? [] : [own])),
    };
  }
}

const NOTHING: Part<StockLevels> = { value: { items: [] }, missing: [], aged: [] };

/** `skus` with commas; nobody is asked about none. */
async function stockOf(parts: PageParts, skus: string, authorization: string): Promise<Part<StockLevels>> {
  if (skus === '') return NOTHING;
  const path = `/stock?skus=${skus}`;
  return parts.optional('stock', { upstream: 'inventory', path, schema: stockLevels, authorization });
}
