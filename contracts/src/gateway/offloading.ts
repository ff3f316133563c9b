import { z } from 'zod';

/** As a browser writes it in `Origin`: no path, no slash at the end. */
const origin = z
  .url({ protocol: /^https?$/ })
  .refine(
    (url) => URL.canParse(url) && new URL(url).origin === url,
    'expected an origin, e.g. https://shop.example.org',
  );

/** Live settings of what the gateway does for all services (docs/patterns/gateway-offloading.md). */
export const offloadingSettings = {
  corsOrigins: z
    .array(origin)
    .max(50)
    .default([])
    .describe('web pages of these origins may call the shop from a browser, with credentials'),
  compression: z.boolean().default(true).describe('answers go out compressed to those who can read that'),
  compressionMinBytes: z.int().min(256).max(1_048_576).default(1_024).describe('shorter answers go out as they are'),
  accessLogPercent: z
    .number()
    .min(0)
    .max(100)
    .default(100)
    .describe('share of the requests that leave a line in the log; failures (5xx) always do, unless it is 0'),
  responseCache: z
    .boolean()
    .default(true)
    .describe('answers of routes with a cache hint are kept for a moment and given to others'),
};

/** Live settings of pages and batches (docs/patterns/gateway-aggregation.md). */
export const aggregationSettings = {
  fallbackSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .default(600)
    .describe(
      'a part of a page that fails is filled with its last good answer, if that is not older; 0: it is left out',
    ),
  pagesInFlight: z
    .int()
    .min(1)
    .max(10_000)
    .default(256)
    .describe('pages that are put together at a time; more are refused'),
  batchesInFlight: z.int().min(1).max(10_000).default(64).describe('batches that run at a time; more are refused'),
};
