import { z } from 'zod';
import type { Target } from '../target/target.ts';
import { withPatience } from './patience.ts';

const ANSWERS_WITHIN_MS = 15_000;

/** A path of the public API; `{product}` is a product that the shop has. */
export const publicPath = z.string().regex(/^\/[\w/?&=.,{}%-]*$/, 'a path of the public API, such as /api/products');
/** Whose token they have; without it nobody's. */
export const caller = z.string().regex(/^[a-z0-9-]{1,40}$/);

const productPage = z.object({ items: z.array(z.object({ productId: z.string() })) });

/** What callers that a fault adds were answered: status → how often. */
export class Answers {
  readonly #byStatus = new Map<number, number>();

  add(status: number): void {
    this.#byStatus.set(status, (this.#byStatus.get(status) ?? 0) + 1);
  }

  get all(): number {
    return [...this.#byStatus.values()].reduce((sum, count) => sum + count, 0);
  }

  /** "500 requests: 480 × 200, 20 × no answer". */
  toString(): string {
    const sorted = [...this.#byStatus].sort(([a], [b]) => a - b);
    const parts = sorted.map(([status, count]) => `${count} × ${status === 0 ? 'no answer' : status}`);
    return `${this.all} requests${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`;
  }
}

/** One GET at the gateway; resolves to its status, 0 where there was no answer. */
export type Ask = () => Promise<number>;

export interface Wish {
  readonly path: string;
  readonly as?: string | undefined;
}

/** Everything that can be asked before is asked before: the token, and which product is meant. */
export async function asker(
  { context, api }: Target,
  { path, as }: Wish,
  { until, random }: { readonly until: AbortSignal; readonly random: () => number },
): Promise<Ask> {
  const headers = as === undefined ? {} : { authorization: `Bearer ${await context.token(as)}` };
  const url = new URL(
    path.includes('{product}') ? path.replace('{product}', await someProduct(api, random)) : path,
    context.gatewayUrl,
  );
  return async () => {
    try {
      return await withPatience(ANSWERS_WITHIN_MS, until, async (signal) => {
        const answer = await fetch(url, { headers, signal });
        await answer.arrayBuffer();
        return answer.status;
      });
    } catch {
      return 0;
    }
  };
}

async function someProduct(api: Target['api'], random: () => number): Promise<string> {
  const page = productPage.parse(await api.expect([200], 'GET', '/api/products?pageSize=50'));
  const { productId } = page.items[Math.floor(random() * page.items.length)] ?? {};
  if (productId === undefined) throw new Error('the shop has no products');
  return productId;
}
