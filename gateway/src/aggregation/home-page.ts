import { categories, type HomePageView, productPage, recommendations } from '@souk/contracts';
import { type PartCall, type Parts, toldOf } from './parts.js';

const NEWEST = 12;
const SUGGESTIONS = 8;

/** Pattern: Gateway Aggregation. The first page of the shop: new products must be there, everything else may be missing. */
export class HomePages {
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
    const [products, groups, popular, own] = await Promise.all([
      parts.required('newest', { ...newest, schema: productPage, authorization }),
      parts.optional('categories', { upstream: 'catalog', path: '/categories', schema: categories, authorization }),
      parts.optional('popular', suggestions('')),
      isSignedIn ? parts.optional('forYou', { ...suggestions('customer=me&'), isPersonal: true }) : undefined,
    ]);
    return {
      newest: products.items,
      categories: groups.value?.items ?? null,
      popular: popular.value?.items ?? null,
      ...(own !== undefined && { forYou: own.value?.items ?? null }),
      ...toldOf(groups, popular, ...(own === undefined ? [] : [own])),
    };
  }
}
