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

/** The deep health check of the management port (docs/patterns/health-endpoint-monitoring.md). */
const deepHealth = {
  healthAccess: z
    .enum(['key', 'open', 'off'])
    .default('key')
    .describe('who may ask /healthz of the management port: holders of a key, whoever reaches it, or nobody'),
  healthSeconds: z
    .int()
    .min(1)
    .max(300)
    .default(5)
    .describe('between two questions to the dependencies; probes in between hear what the last one found'),
  healthTestStatus: z
    .int()
    .min(200)
    .max(599)
    .default(503)
    .describe('what /healthz/test answers: by it a prober sees that it can see'),
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
    ...deepHealth,
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
    ...deepHealth,
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
  inventory: z.strictObject({ ...everyService, ...deepHealth }),
  order: z.strictObject({
    ...everyService,
    ...deepHealth,
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
  'order-query': z.strictObject({ ...everyService, ...deepHealth }),
  recommendation: z.strictObject({ ...everyService, ...deepHealth }),
  payment: z.strictObject({ ...everyService, ...deepHealth }),
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
/** Of each key, what all services that have it say to a value; no default: what a shared text does not say, it leaves open. */
function withoutDefaults(shapes: readonly z.ZodRawShape[]): Record<string, z.ZodType> {
  const shared: Record<string, z.ZodType> = {};
  for (const [key, schema] of shapes.flatMap((shape) => Object.entries(shape) as [string, z.ZodType][])) {
    const bare = schema instanceof z.ZodDefault ? (schema.removeDefault() as z.ZodType) : schema;
    shared[key] = shared[key] === undefined ? bare : shared[key].and(bare);
  }
  return Object.fromEntries(Object.entries(shared).map(([key, schema]) => [key, schema.optional()]));
}

const shapes = Object.values(serviceSettings).map(({ shape }) => shape);
const keys = [...new Set(shapes.flatMap((shape) => Object.keys(shape)))];

/** The texts above the services, `global` and `environment`: any of their settings, and keys that no text below may set. */
export const sharedSettings: z.ZodObject<Record<string, z.ZodType>> = z.strictObject({
  ...withoutDefaults(shapes),
  locked: z.array(z.enum(keys)).optional().describe('keys that no scope below may set'),
});

export type CatalogSettings = z.infer<typeof serviceSettings.catalog>;
export type OrderSettings = z.infer<typeof serviceSettings.order>;
export type GatewaySettings = z.infer<typeof serviceSettings.gateway>;
export type IdentitySettings = z.infer<typeof serviceSettings.identity>;
