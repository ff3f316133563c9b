/** By allow-list, so that no spelling of an identity or forwarding header gets through (x-user-id, X_Roles, forwarded …). */
const REQUEST = [
  'accept',
  'accept-language',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
];
const RESPONSE = [
  'cache-control',
  'content-length',
  'content-type',
  'etag',
  'last-modified',
  'location',
  'retry-after',
  'vary',
];

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What a service is sent: what of the caller's headers means something to it, and ours, which nothing of the caller's replaces. */
export type OutgoingHeaders = (given: Headers, ours: Readonly<Record<string, string>>) => Record<string, string>;

export const outgoingHeaders: OutgoingHeaders = (given, ours) => Object.assign(forwardedHeaders(given), ours);

export function forwardedHeaders(headers: Headers): Record<string, string> {
  const found = pick(headers, REQUEST);
  const known = found['if-none-match'];
  // Ours are weak where we compress. For this comparison that makes no difference, and services know their own alone.
  if (known?.includes('W/')) found['if-none-match'] = known.replaceAll('W/"', '"');
  return found;
}

/** A service names its own paths in Location; callers live under /api. */
export function returnedHeaders(headers: Headers): Record<string, string> {
  const found = pick(headers, RESPONSE);
  const { location } = found;
  if (location === undefined) return found;
  const isInternal = location.startsWith('/') && !location.startsWith('/api/');
  return { ...found, location: isInternal ? `/api${location}` : location };
}

/** A plain loop: it runs twice for every request. */
function pick(headers: Headers, names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string') found[name] = value;
  }
  return found;
}
