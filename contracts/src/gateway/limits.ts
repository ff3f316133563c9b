import { z } from 'zod';
import { timestamp } from '../common.js';

const points = (fallback: number, whose: string) =>
  z
    .int()
    .min(1)
    .max(10_000_000)
    .default(fallback)
    .describe(`points that ${whose} may spend in a window; limitCosts says what a request costs`);

/** What a request of a class costs; a route may multiply it. A batch is paid for by what is in it. */
const limitCosts = z.strictObject({
  read: z.int().min(0).max(1_000).default(1),
  write: z.int().min(0).max(1_000).default(2),
  checkout: z.int().min(0).max(1_000).default(5),
  page: z.int().min(0).max(1_000).default(3),
  batch: z.int().min(0).max(1_000).default(0),
});

/** Live settings of the gateway's throttling (docs/patterns/throttling.md). */
export const throttleSettings = {
  limitWindowSeconds: z.int().min(1).max(3_600).default(10).describe('how long a window of the limits is'),
  limitAnonymous: points(6_000, 'an address, of which nothing else is known,'),
  limitUser: points(6_000, 'somebody who is signed in'),
  limitPartner: points(60_000, 'the holder of an API key'),
  limitAdmin: points(60_000, 'somebody with the role admin'),
  limitCosts: limitCosts.prefault({}).describe('what a request costs, by class'),
  limitReplicas: z
    .int()
    .min(1)
    .max(100)
    .default(2)
    .describe('while Valkey is away, each gateway allows its share of a limit: that divided by this'),
  blockAfter: z
    .int()
    .min(0)
    .max(1_000)
    .default(10)
    .describe('who is refused so many times the limit within a window is blocked; 0: nobody is'),
  blockSeconds: z
    .int()
    .min(1)
    .max(3_600)
    .default(30)
    .describe('for so long at first, twice as long each time, an hour at most'),
};

/** Of the hard limit, `shedLoopMs`: from here on pages leave optional parts out, and replicas are added (docs/patterns/throttling.md). */
export const SOFT_LIMIT = 0.5;

/** Live settings of its overload protection. */
export const overloadSettings = {
  shedTolerance: z
    .number()
    .min(1)
    .max(10)
    .default(1.5)
    .describe('how many times slower than without load answers may get before less is let in'),
  shedSlackMs: z
    .int()
    .min(0)
    .max(5_000)
    .default(10)
    .describe('and how many milliseconds they may always get slower, however fast they are'),
  shedFloor: z
    .int()
    .min(1)
    .max(100_000)
    .default(32)
    .describe('requests that every group of routes may always have under way'),
  shedCeiling: z.int().min(1).max(100_000).default(1_000).describe('and that it may have at most'),
  shedLoopMs: z
    .int()
    .min(1)
    .max(5_000)
    .default(100)
    .describe('how late the event loop may be before less is let in; at half of it pages leave optional parts out'),
};

/** Of one process; `counting` alone: Valkey is away or there is none, and each gateway counts by itself. */
export const throttleView = z.object({
  counting: z.enum(['together', 'alone']),
  blocked: z.array(z.object({ caller: z.string(), until: timestamp })),
  /** Points since the start, of those who use most. */
  usage: z.array(z.object({ caller: z.string(), spent: z.int(), refused: z.int() })),
});
export type ThrottleView = z.infer<typeof throttleView>;
