import { z } from 'zod';
import { timestamp } from '../common.js';

const ms = z.int().min(10).max(600_000);

/** Live settings of the policies around each service behind the gateway. */
export const resilienceSettings = {
  breakerFailurePercent: z
    .int()
    .min(1)
    .max(100)
    .default(50)
    .describe('a circuit opens when so many of the calls in its window failed; a refused connection counts twice'),
  breakerWindowMs: ms.default(10_000).describe('over how long calls and failures are counted'),
  breakerMinimumCalls: z.int().min(1).max(100_000).default(10).describe('fewer calls in the window say nothing'),
  breakerOpenMs: ms.default(1_000).describe('pause before the first trial; doubled each time a trial fails'),
  breakerMaxOpenMs: ms.default(30_000).describe('the longest pause'),
  breakerPing: z
    .boolean()
    .default(true)
    .describe('while a circuit is open its service is asked whether it is ready again, which ends the pause early'),
  retryBudgetPercent: z
    .int()
    .min(0)
    .max(100)
    .default(10)
    .describe('so many of the calls of ten seconds may be tried again, five at least'),
  bulkheadPlaces: z
    .int()
    .min(1)
    .max(10_000)
    .default(64)
    .describe('calls under way to one service, streams and long polls aside; 64 to each of its instances at most'),
  bulkheadQueue: z.int().min(0).max(10_000).default(128).describe('calls that wait for such a place; others get 503'),
};

const circuit = z.enum(['closed', 'open', 'half-open']);

/** One circuit breaker, with what stands around it, as one process sees it. */
export const breakerView = z.object({
  name: z.string(),
  /** Which program, and where: each replica judges for itself. */
  process: z.string(),
  circuit,
  /** Held so by somebody, until a reset; null: it moves by itself. */
  forced: z.enum(['open', 'closed']).nullable(),
  /** Until the next trial; null unless it is open by itself. */
  openForMs: z.int().nonnegative().nullable(),
  lastError: z.object({ message: z.string(), at: timestamp }).nullable(),
  lastChange: z.object({ from: circuit, to: circuit, reason: z.string(), at: timestamp }).nullable(),
  /** Calls and the weight of their failures in the window. */
  window: z.object({ calls: z.number(), failures: z.number() }),
  /** Since the process began. `tries` went out; `open` and `full` were refused before. */
  counts: z.object({
    calls: z.int(),
    tries: z.int(),
    retries: z.int(),
    ok: z.int(),
    failed: z.int(),
    open: z.int(),
    full: z.int(),
    cancelled: z.int(),
  }),
  /** `places` not in use are its reserve; null: without an end, or of a process that does not tell. */
  bulkhead: z.object({ inUse: z.int(), queued: z.int(), places: z.int().nullable().optional() }).nullable(),
});
export type BreakerView = z.infer<typeof breakerView>;

export const breakerAction = z.enum(['force-open', 'force-closed', 'reset']);
export type BreakerAction = z.infer<typeof breakerAction>;

/** What one process answers. */
export const breakerPage = z.object({ items: z.array(breakerView) });
export type BreakerPage = z.infer<typeof breakerPage>;

/** GET /api/admin/breakers: those of the gateway that answers, and of order's ambassador; `missing`: order could not be asked. */
export const breakerList = z.object({
  ...breakerPage.shape,
  missing: z.array(z.object({ service: z.literal('order'), reason: z.enum(['timeout', 'unavailable']) })),
});
export type BreakerList = z.infer<typeof breakerList>;
