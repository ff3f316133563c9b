import { z } from 'zod';
import { overloadSettings, throttleSettings } from './gateway/limits.js';
import { aggregationSettings, offloadingSettings } from './gateway/offloading.js';
import { resilienceSettings } from './gateway/resilience.js';

/** Absent means what LOG_LEVEL said at the start. */
const everyService = {
  logLevel: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .optional()
    .describe('how much is logged; without it, as LOG_LEVEL says'),
};

/** An hour at most: what outdates an entry is remembered for two (libs/cache). */
const cacheSeconds = z.int().min(1).max(3_600);

/**
 * Settings that a running service follows without a restart, by deployable. Each has a default; an unknown one is refused, so that
 * a typing error cannot pass for a change. The command line checks with these schemas before it writes, the service when it reads.
 */
export const serviceSettings = {
  gateway: z.strictObject({
    ...everyService,
    upstreamTimeoutMs: z
      .int()
      .min(100)
      .max(60_000)
      .default(5_000)
      .describe('how long a service may take until its headers are there, long polls aside'),
    readOnly: z.boolean().default(false).describe('writes are answered with 503 read-only; reads go on'),
    ...resilienceSettings,
    ...throttleSettings,
    ...overloadSettings,
    ...offloadingSettings,
    ...aggregationSettings,
  }),
  catalog: z.strictObject({
    ...everyService,
    cache: z.boolean().default(true).describe('reads are answered from copies; off, each of them asks the store'),
    cacheProductSeconds: cacheSeconds
      .default(60)
      .describe('after so long a product shows what was changed behind its back, a price for instance'),
    cacheListSeconds: cacheSeconds.default(60).describe('the same for lists of products'),
    cacheCategoriesSeconds: cacheSeconds.default(300).describe('the same for the categories'),
    cacheLocalMs: z
      .int()
      .min(0)
      .max(60_000)
      .default(1_000)
      .describe('how long of that a process keeps copies of its own, a fifth of it at most; 0 for none'),
    cacheAbsentMs: z
      .int()
      .min(0)
      .max(5_000)
      .default(0)
      .describe('how long a process remembers that there is no such product; 0 for not at all'),
  }),
  inventory: z.strictObject(everyService),
  order: z.strictObject({
    ...everyService,
    returnDays: z
      .int()
      .min(0)
      .max(365)
      .default(14)
      .describe('days after shipping in which an order can be returned; part of the terms of each new order'),
    snapshotEvery: z
      .int()
      .min(1)
      .max(10_000)
      .default(50)
      .describe('a snapshot of an order is taken each time so many more events have happened to it'),
  }),
  'order-query': z.strictObject(everyService),
  recommendation: z.strictObject(everyService),
  payment: z.strictObject(everyService),
  identity: z.strictObject({
    ...everyService,
    tokenSeconds: z.int().min(5).max(3_600).default(600).describe('how long an access token is good'),
    keyOverlapSeconds: z
      .int()
      .min(0)
      .max(3_600)
      .default(60)
      .describe('how long a new key is published before it signs, when the simulator rotates by itself'),
  }),
};
export type CatalogSettings = z.infer<typeof serviceSettings.catalog>;
export type OrderSettings = z.infer<typeof serviceSettings.order>;
export type GatewaySettings = z.infer<typeof serviceSettings.gateway>;
export type IdentitySettings = z.infer<typeof serviceSettings.identity>;
