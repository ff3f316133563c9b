import { product, type ProductPageView, recommendations, stockLevel } from '@souk/contracts';
import type { Parts } from './parts.js';

const MAX_KNOWN_SKUS = 10_000;
const SUGGESTIONS = 8;

/** Pattern: Gateway Aggregation. One page from three services; without stock or suggestions it is still a page and says so. */
export class ProductPages {
  /** The sku of a product never changes, so a page seen before can ask all services at once. */
  readonly #skus = new Map<string, string>();
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** `productId` is a uuid. @throws CodedError 404 as catalog says it; 503, 504 when catalog cannot be asked */
  async load(productId: string, authorization: string): Promise<ProductPageView> {
    const knownSku = this.#skus.get(productId);
    const early = knownSku === undefined ? undefined : this.#stock(knownSku, authorization);
    const suggesting = this.#suggestions(productId, authorization);
    const found = await this.#parts.required('product', {
      upstream: 'catalog',
      path: `/products/${productId}`,
      schema: product,
      authorization,
    });
    this.#remember(productId, found.sku);
    const [stock, suggested] = await Promise.all([early ?? this.#stock(found.sku, authorization), suggesting]);
    return {
      product: found,
      stock: stock.value,
      recommendations: suggested.value?.items ?? null,
      missing: [...stock.missing, ...suggested.missing],
    };
  }

  #stock(sku: string, authorization: string) {
    const path = `/stock/${sku}`;
    return this.#parts.optional('stock', { upstream: 'inventory', path, schema: stockLevel, authorization });
  }

  #suggestions(productId: string, authorization: string) {
    const path = `/recommendations?productId=${productId}&limit=${SUGGESTIONS}`;
    const call = { upstream: 'recommendation', path, schema: recommendations, authorization } as const;
    return this.#parts.optional('recommendations', call);
  }

  #remember(productId: string, sku: string): void {
    if (this.#skus.size >= MAX_KNOWN_SKUS) this.#skus.delete(this.#skus.keys().next().value ?? '');
    this.#skus.set(productId, sku);
  }
}
