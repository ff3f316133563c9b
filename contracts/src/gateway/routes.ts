import { z } from 'zod';
import { role } from '../identity/claims.js';
import { serviceUrl } from '../service-url.js';
import { checkTable, pathAtService } from './route-rules.js';

/** The services whose addresses the gateway's environment gives (CATALOG_URL …); a route table may name more. */
export const knownUpstreams = ['catalog', 'inventory', 'order', 'order-query', 'recommendation'] as const;

const name = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected letters a-z, digits and dashes');
const version = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{0,31}$/i, 'expected letters, digits, dots and dashes')
  .refine((name) => name !== 'critical', 'critical is the name of a class of callers; take another');
const urls = z.array(serviceUrl).min(1);

/** An instance that failed `failures` times in `withinSeconds` is not asked for `outSeconds`. */
const outlier = z.strictObject({
  failures: z.int().min(1).max(100).default(3),
  withinSeconds: z.int().min(1).max(600).default(15),
  outSeconds: z.int().min(1).max(600).default(15),
});

/** Taken back when more than this share of the newest calls failed, of which there were at least `minimumCalls`. */
const revert = z.strictObject({
  errorRatio: z.number().gt(0).max(1).default(0.1),
  minimumCalls: z.int().min(1).max(10_000).default(20),
  windowSeconds: z.int().min(1).max(600).default(30),
});

/** `weight` per cent of the callers, always the same ones, are answered by this version; 0: only routes that name it. */
const canary = z.strictObject({
  version,
  urls,
  weight: z.int().min(0).max(100).default(0),
  revert: revert.prefault({}),
});

/** How the instances of the class `critical` are told apart from the others of a service; no version is called so. */
export const CRITICAL = 'critical';

/** Callers with one of these roles are answered by instances of their own. */
const critical = z.strictObject({ urls, roles: z.array(role).min(1) });

/** A service with one or more instances; without `urls` they are those of the environment. */
const upstream = z.strictObject({
  urls: urls.optional(),
  version: version.default('stable'),
  outlier: outlier.prefault({}),
  critical: critical.optional(),
  canary: canary.optional(),
});

/** Of a service that the table does not mention. */
export const defaultUpstream = upstream.parse({});

const seconds = z.int().min(0).max(86_400);

const route = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE']),
  /** Public path; `:name` stands for one segment. */
  path: z.string(),
  /** Only requests to this host; with a port, only by that port. */
  host: z
    .string()
    .regex(/^[a-z0-9.-]+(:\d{1,5})?$/, 'expected a host in lower case, e.g. api.shop.test or api.shop.test:8443')
    .optional(),
  /** Only requests with these headers, values as they stand here. */
  headers: z.record(z.string(), z.string()).optional(),
  upstream: name,
  /** One version of the upstream, whatever its canary's weight. */
  version: version.optional(),
  /** Path at the service, its `:names` filled from the public path; without it the public path without `/api`. */
  to: z.string().optional(),
  access: z.enum(['anonymous', 'user', 'admin']),
  /** Until the headers are there; without it gateway.upstreamTimeoutMs. */
  timeoutMs: z.int().min(100).max(60_000).optional(),
  /** Events without end: no limit once the headers are there. */
  stream: z.literal(true).optional(),
  /** `?wait=5s` is answered late on purpose, and given that much more time; everywhere else it means nothing. */
  longPoll: z.literal(true).optional(),
  /** How long an answer may be kept, and how much longer be given out while a newer one is fetched, and while the service fails. */
  cache: z
    .strictObject({
      seconds: seconds.min(1),
      staleWhileRevalidateSeconds: seconds.default(0),
      staleIfErrorSeconds: seconds.default(0),
    })
    .optional(),
  /** Which limit the caller's requests are counted against, and as how many. */
  throttle: z.strictObject({ class: name, cost: z.int().min(1).max(1_000).default(1) }).optional(),
  /** People look at it: a browser that has no visitor's id gets one with the answer. */
  page: z.literal(true).optional(),
  /** What a call that went well says about its caller. */
  tells: z.enum(['product-viewed', 'cart-item-added']).optional(),
});

/** `config/routes.yaml`: everything that can be reached from outside; what is not in it does not exist. */
export const routeTable = z
  .strictObject({ upstreams: z.record(name, upstream).default({}), routes: z.array(route).min(1) })
  .superRefine((table, context) => {
    for (const { path, message } of checkTable(table, knownUpstreams))
      context.addIssue({ code: 'custom', path, message });
  })
  .transform(({ routes, ...table }) => ({
    ...table,
    routes: routes.map((one) => ({ ...one, to: pathAtService(one) })),
  }));

export type RouteTable = z.infer<typeof routeTable>;
export type RouteEntry = RouteTable['routes'][number];
export type UpstreamSettings = RouteTable['upstreams'][string];
