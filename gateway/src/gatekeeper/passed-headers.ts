import type { Headers } from './header-lists.js';

/** By allow-list: identity, forwarding and hop-by-hop headers go nowhere, however they are spelt. */
const IN = [
  'accept',
  'accept-encoding',
  'accept-language',
  'access-control-request-headers',
  'access-control-request-method',
  'authorization',
  'cookie',
  'content-type',
  'dnt',
  'host',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
  'origin',
  'purpose',
  'sec-fetch-site',
  'sec-gpc',
  'sec-purpose',
  'user-agent',
  'x-api-key',
  'x-csrf-token',
];
/** Of one connection (RFC 9110 §7.6.1), and what we say of the address of a service. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const PRINTABLE = /^[\t\x20-\x7e]*$/;

/**
 * What of a caller's headers the gateway is told; `more` are names in lower case. Text with control or foreign characters stays out, and of
 * cookies the one that has them: whoever else's page may set a cookie for the domain cannot sign anybody out by it.
 */
export function passedHeaders(headers: Headers, more: readonly string[] = []): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of IN) take(passed, name, name === 'cookie' ? cleanCookies(headers['cookie']) : headers[name]);
  for (const name of more) take(passed, name, headers[name]);
  return passed;
}

function take(into: Record<string, string>, name: string, value: string | string[] | undefined): void {
  if (typeof value === 'string' && PRINTABLE.test(value)) into[name] = value;
}

/** As it is where all of it is clean, which it nearly always is. */
function cleanCookies(value: Headers[string]): Headers[string] {
  if (typeof value !== 'string' || PRINTABLE.test(value)) return value;
  const clean = value.split(';').filter((pair) => PRINTABLE.test(pair));
  return clean.length === 0 ? undefined : clean.join(';').trim();
}

/** What of the gateway's headers the caller is told: all but those of the connection between us. */
export function answeredHeaders(headers: Headers): Record<string, string | string[]> {
  const told: Record<string, string | string[]> = {};
  const named = new Set(
    String(headers['connection'] ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !HOP_BY_HOP.has(name) && !named.has(name)) told[name] = value;
  return told;
}
