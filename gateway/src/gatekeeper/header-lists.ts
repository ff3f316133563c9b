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

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export const forwardedHeaders = (headers: Headers): Record<string, string> => pick(headers, REQUEST);

/** A service names its own paths in Location; callers live under /api. */
export function returnedHeaders(headers: Headers): Record<string, string> {
  const { location, ...rest } = pick(headers, RESPONSE);
  if (location === undefined) return rest;
  const isInternal = location.startsWith('/') && !location.startsWith('/api/');
  return { ...rest, location: isInternal ? `/api${location}` : location };
}

function pick(headers: Headers, names: readonly string[]): Record<string, string> {
  const found = names.map((name) => [name, headers[name]] as const);
  return Object.fromEntries(found.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
