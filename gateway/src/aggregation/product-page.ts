import { type Product, product, problem, type StockLevel, stockLevel } from '@souk/contracts';
import { CodedError, type ErrorKind } from '@souk/http';
import type { z } from 'zod';
import type { UpstreamName } from '../routing/routes.js';
import type { Upstreams } from '../routing/upstreams.js';

export interface MissingPart {
  readonly part: 'stock';
  /** Stable code: `timeout`, `unavailable` or `unknown`. */
  readonly reason: string;
}

export interface ProductPage {
  readonly product: Product;
  readonly stock: StockLevel | null;
  readonly missing: readonly MissingPart[];
}

const REQUIRED_MS = 3_000;
const OPTIONAL_MS = 300;
const MAX_KNOWN_SKUS = 10_000;

/** Pattern: Gateway Aggregation. One page from two services; without the stock it is still a page and says so. */
export class ProductPages {
  /** The sku of a product never changes, so a page seen before can ask both services at once. */
  readonly #skus = new Map<string, string>();
  readonly #upstreams: Upstreams;

  constructor(upstreams: Upstreams) {
    this.#upstreams = upstreams;
  }

  /** @throws CodedError 404 as catalog says it; 503, 504 when catalog cannot be asked */
  async load(productId: string, authorization: string): Promise<ProductPage> {
    const knownSku = this.#skus.get(productId);
    const early = knownSku === undefined ? undefined : this.#stock(knownSku, authorization);
    const found = await this.#get('catalog', `/products/${productId}`, product, authorization, REQUIRED_MS);
    this.#remember(productId, found.sku);
    const { stock, reason } = await (early ?? this.#stock(found.sku, authorization));
    return { product: found, stock, missing: reason === undefined ? [] : [{ part: 'stock', reason }] };
  }

  /** Never rejects: the part is optional. */
  async #stock(sku: string, authorization: string): Promise<{ stock: StockLevel | null; reason?: string }> {
    try {
      return { stock: await this.#get('inventory', `/stock/${sku}`, stockLevel, authorization, OPTIONAL_MS) };
    } catch (error) {
      return { stock: null, reason: reasonOf(error) };
    }
  }

  async #get<T>(
    name: UpstreamName,
    path: string,
    schema: z.ZodType<T>,
    authorization: string,
    timeoutMs: number,
  ): Promise<T> {
    const signal = AbortSignal.timeout(timeoutMs);
    const call = {
      method: 'GET',
      path,
      headers: { authorization, accept: 'application/json' },
      timeoutMs,
      signal,
    } as const;
    const { status, body } = await this.#upstreams.of(name).request(call);
    const parsed: unknown = await body.json().catch(() => undefined);
    if (status === 200) return expected(name, schema, parsed);
    throw refusalOf(name, status, parsed);
  }

  #remember(productId: string, sku: string): void {
    if (this.#skus.size >= MAX_KNOWN_SKUS) this.#skus.delete(this.#skus.keys().next().value ?? '');
    this.#skus.set(productId, sku);
  }
}

function expected<T>(name: UpstreamName, schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (!result.success)
    throw new CodedError('unavailable', 'upstream-invalid', `${name} answered something unexpected.`, {
      cause: result.error,
    });
  return result.data;
}

/** Refusals about the caller's own wish keep their code; everything else is a fault of the service. */
function refusalOf(name: UpstreamName, status: number, body: unknown): CodedError {
  const told = problem.safeParse(body);
  const kinds: Record<number, ErrorKind> = { 400: 'invalid', 404: 'not-found' };
  const kind = kinds[status];
  return kind !== undefined && told.success
    ? new CodedError(kind, told.data.code, told.data.detail ?? told.data.title)
    : new CodedError('unavailable', 'upstream-unavailable', `${name} cannot answer now.`, { retryAfterSeconds: 1 });
}

function reasonOf(error: unknown): string {
  const kind = error instanceof Error && 'kind' in error ? error.kind : undefined;
  if (kind === 'timeout') return 'timeout';
  return kind === 'not-found' ? 'unknown' : 'unavailable';
}
