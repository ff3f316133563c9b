import { z } from 'zod';
import { NEVER_FORWARDED } from './headers.js';

const ms = z.int().min(1).max(600_000);
const count = z.int().min(1).max(10_000);
const file = z.string().min(1);
const LISTEN = /^(?:\[([0-9a-f:]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/;

const listen = z
  .string()
  .refine((text) => Number(LISTEN.exec(text)?.[3] ?? 65_536) <= 65_535, 'expected host:port, e.g. 127.0.0.1:8181');

const origin = z
  .url({ protocol: /^https?$/, error: 'expected http://host:port or https://host:port' })
  .refine((text) => {
    const url = URL.parse(text);
    return url === null || (url.pathname === '/' && url.search + url.hash + url.username + url.password === '');
  }, 'expected an origin alone: no path, no query, no credentials (those belong into headers)');

const headerName = z
  .string()
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, 'expected a header name in lower case')
  .refine((name) => !NEVER_FORWARDED.has(name) && !name.startsWith('x-amb-'), 'is set by the ambassador itself');

const upstream = z
  .strictObject({
    listen,
    url: origin,
    timeoutMs: ms.default(3_000),
    retry: z
      .strictObject({
        attempts: z.int().min(0).max(10).default(2),
        baseDelayMs: ms.default(100),
        maxDelayMs: ms.default(1_000),
        budgetPercent: z.number().min(0).max(100).default(10),
      })
      .prefault({}),
    breaker: z
      .strictObject({
        failureRatio: z.number().gt(0).max(1).default(0.5),
        windowMs: ms.default(10_000),
        minimumCalls: count.default(10),
        openMs: ms.default(1_000),
        maxOpenMs: ms.default(30_000),
        trials: z.int().min(1).max(100).default(3),
        successes: z.int().min(1).max(100).default(2),
      })
      .refine(({ trials, successes }) => successes <= trials, 'successes cannot be more than trials')
      .prefault({}),
    bulkhead: z
      .strictObject({ concurrent: count.default(32), queue: z.int().min(0).max(10_000).default(32) })
      .prefault({}),
    tls: z
      .strictObject({
        caFile: file.optional(),
        certFile: file.optional(),
        keyFile: file.optional(),
        serverName: z.string().min(1).optional(),
      })
      .refine(
        ({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined),
        'certFile and keyFile belong together',
      )
      .optional(),
    headers: z.record(headerName, z.strictObject({ file })).default({}),
  })
  .refine(({ url, tls }) => tls === undefined || url.startsWith('https:'), {
    path: ['tls'],
    error: 'needs an https url',
  });

export const ambassadorSettings = z.strictObject({
  upstreams: z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'expected a name of lower-case letters, digits and dashes'),
      upstream,
    )
    .refine((all) => Object.keys(all).length > 0, 'expected at least one upstream')
    .refine(
      (all) => new Set(Object.values(all).map((one) => one.listen)).size === Object.keys(all).length,
      'two upstreams have the same listen address',
    ),
});

export type UpstreamSettings = z.infer<typeof upstream>;

/** `127.0.0.1:8181` or `[::1]:8181` for `server.listen`. */
export function addressOf(text: string): { host: string; port: number } {
  const [, v6, name, port] = LISTEN.exec(text) ?? [];
  return { host: v6 ?? name ?? '127.0.0.1', port: Number(port) };
}
