import { z } from 'zod';
import { categories, product } from '../catalog/http.js';
import { timestamp } from '../common.js';
import { role } from '../identity/claims.js';
import { stockLevel } from '../inventory/http.js';
import { recommendation } from '../recommendation/http.js';

/** An optional part that could not be had, and why: too late, no (readable) answer, nothing is known about it, or not asked for under load. */
export const missingPart = z.object({
  part: z.enum(['stock', 'recommendations', 'categories', 'popular', 'forYou']),
  reason: z.enum(['timeout', 'unavailable', 'unknown', 'overload']),
});
export type MissingPart = z.infer<typeof missingPart>;

/** One that was filled with its last good answer, and how old that is. */
export const agedPart = missingPart.extend({ ageSeconds: z.int().min(0) });
export type AgedPart = z.infer<typeof agedPart>;

/** GET /api/pages/product/:id. An optional part that is missing is null. */
export const productPageView = z.object({
  product,
  stock: stockLevel.nullable(),
  recommendations: z.array(recommendation).nullable(),
  missing: z.array(missingPart),
  aged: z.array(agedPart).optional(),
});
export type ProductPageView = z.infer<typeof productPageView>;

/** GET /api/pages/home. `forYou` only for those who are signed in; absent, not missing, for others. */
export const homePageView = z.object({
  newest: z.array(product),
  categories: categories.shape.items.nullable(),
  popular: z.array(recommendation).nullable(),
  /** Of what is newest, as far as it is known. */
  stock: z.array(stockLevel).nullable().optional(),
  forYou: z.array(recommendation).nullable().optional(),
  missing: z.array(missingPart),
  aged: z.array(agedPart).optional(),
});
export type HomePageView = z.infer<typeof homePageView>;

/** DELETE /api/admin/cache. Without `upstream`, of all services. */
export const cachePurgeQuery = z.strictObject({
  upstream: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/)
    .optional(),
});
export const cachePurge = z.object({ purged: z.int().min(0) });
export type CachePurge = z.infer<typeof cachePurge>;

export const MAX_BATCH = 20;

/** What a sub-request may say about itself; who calls is said once, by the batch. */
export const batchHeader = z.enum(['accept', 'accept-language', 'idempotency-key', 'if-match', 'if-none-match']);

/**
 * POST /api/batch: each sub-request as if it were sent alone, with the identity of the batch. Reads that stand together run at
 * the same time; a write begins when all before it are answered, and all after it wait for it. One that fails stops no other.
 * No batch in a batch, no event streams.
 */
export const batchRequest = z.strictObject({
  requests: z
    .array(
      z.strictObject({
        id: z.string().min(1).max(40).optional(),
        method: z.enum(['GET', 'POST', 'PUT', 'DELETE']).default('GET'),
        path: z
          .string()
          .max(2_000)
          .regex(/^\/api\/(?!batch\b)[^#]*$/, 'a path below /api, not /api/batch, and no fragment'),
        headers: z.partialRecord(batchHeader, z.string().regex(/^[\x20-\x7e]{1,200}$/)).optional(),
        body: z.json().optional(),
      }),
    )
    .min(1)
    .max(MAX_BATCH),
});
export type BatchRequest = z.infer<typeof batchRequest>;

/** One answer per sub-request, in the same order; `body` is null where there is none. */
export const batchAnswer = z.object({
  responses: z.array(
    z.object({
      id: z.string().optional(),
      status: z.int(),
      headers: z.record(z.string(), z.string()),
      body: z.json().nullable(),
    }),
  ),
});
export type BatchAnswer = z.infer<typeof batchAnswer>;

/** GET /auth/session: who is signed in by cookie. `csrfToken` goes into the header x-csrf-token of every write. */
export const sessionView = z.object({
  user: z.string(),
  email: z.email().optional(),
  roles: z.array(role),
  csrfToken: z.string(),
  expiresAt: timestamp,
});
export type SessionView = z.infer<typeof sessionView>;

/** POST /auth/logout. Where the browser goes to end the session at the provider too; null where that cannot be had. */
export const signedOut = z.object({ endSessionUrl: z.url().nullable() });
export type SignedOut = z.infer<typeof signedOut>;
