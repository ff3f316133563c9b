import { product, type ProductPageView, recommendations, stockLevel } from '@souk/contracts';
import { type PageParts, type Parts, toldOf } from './parts.js';

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
    const parts = this.#parts.forPage();
    const knownSku = this.#skus.get(productId);
    const early = knownSku === undefined ? undefined : stockOf(parts, knownSku, authorization);
    const suggesting = suggestionsOf(parts, productId, authorization);
    const found = await parts.required('product', {
      upstream: 'catalog',
      path: `/products/${productId}`,
      schema: product,
      authorization,
    });
    this.#remember(productId, found.sku);
    const [stock, suggested] = await Promise.all([early ?? stockOf(parts, found.sku, authorization), suggesting]);
    return {
      product: found,
      stock: stock.value,
      recommendations: suggested.value?.items ?? null,
      ...toldOf(stock, suggested),
    };
  }

  #remember(productId: string, sku: string): void {
    if (this.#skus.size >= MAX_KNOWN_SKUS) this.#skus.delete(this.#skus.keys().next().value ?? '');
    this.#skus.set(productId, sku);
  }
}

function stockOf(parts: PageParts, sku: string, authorization: string) {
  const path = `/stock/${sku}`;
  return parts.optional('stock', { upstream: 'inventory', path, schema: stockLevel, authorization });
}

function suggestionsOf(parts: PageParts, productId: string, authorization: string) {
  const path = `/recommendations?productId=${productId}&limit=${SUGGESTIONS}`;
  return parts.optional('recommendations', {
    upstream: 'recommendation',
    path,
    schema: recommendations,
    authorization,
  });
}
