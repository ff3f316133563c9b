import type { IncomingHttpHeaders } from 'node:http';

/** What a route says about keeping its answers, in seconds. */
export interface CacheHint {
  readonly seconds: number;
  /** Given out so much longer while a newer one is fetched. */
  readonly staleWhileRevalidateSeconds: number;
  /** Given out so much longer while the service fails. */
  readonly staleIfErrorSeconds: number;
}

/** Milliseconds from the moment an answer came. */
export interface Lifetime {
  readonly freshMs: number;
  readonly staleMs: number;
  readonly usableMs: number;
  /** It may be given to callers with credentials too: the service says so. */
  readonly isPublic: boolean;
  /** Names of request headers, in lower case, that other answers would depend on. */
  readonly vary: readonly string[];
}

/** What may be kept, and for whom. */
export interface CacheRules {
  hintOf(route: {
    readonly method: string;
    readonly access: string;
    readonly cache?: CacheHint | undefined;
  }): CacheHint | undefined;
  hasCredentials(headers: IncomingHttpHeaders): boolean;
  lifetimeOf(hint: CacheHint, answer: { readonly status: number; readonly headers: Headers }): Lifetime | undefined;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Request headers that reach a service: what it can depend on. */
const KNOWN_TO_SERVICES = new Set(['accept', 'accept-language']);

export const cacheRules: CacheRules = {
  hintOf: ({ method, access, cache }) => (method === 'GET' && access === 'anonymous' ? cache : undefined),

  /** A visitor's id is none: it changes nothing about an answer. */
  hasCredentials: ({ authorization, cookie }) =>
    authorization !== undefined || (cookie?.includes('souk-session') ?? false),

  /** RFC 9111 as a shared cache, stricter where in doubt; never for longer than the route says. Undefined: not to be kept. */
  lifetimeOf({ seconds, staleWhileRevalidateSeconds, staleIfErrorSeconds }, { status, headers }) {
    const says = directives(headers['cache-control']);
    const vary = varyOf(headers['vary']);
    if (status !== 200 || headers['set-cookie'] !== undefined || vary === undefined) return undefined;
    if (says.has('no-store') || says.has('private') || says.has('no-cache')) return undefined;
    const told = says.get('s-maxage') ?? says.get('max-age');
    const freshMs = Math.min(seconds, told === undefined ? seconds : Number(told) || 0) * 1_000;
    if (freshMs <= 0) return undefined;
    // Who must revalidate gives out nothing old, whatever for.
    const mayBeOld = !says.has('must-revalidate') && !says.has('proxy-revalidate');
    return {
      freshMs,
      staleMs: freshMs + (mayBeOld ? staleWhileRevalidateSeconds * 1_000 : 0),
      usableMs: freshMs + (mayBeOld ? Math.max(staleWhileRevalidateSeconds, staleIfErrorSeconds) * 1_000 : 0),
      isPublic: says.has('public') || says.has('s-maxage'),
      vary,
    };
  },
};

function directives(header: string | string[] | undefined): Map<string, string> {
  const parts = [header ?? []].flat().join(',').toLowerCase().split(',');
  return new Map(
    parts.map((part) => {
      const [name = '', value = ''] = part.trim().split('=', 2);
      return [name, value.replaceAll('"', '')];
    }),
  );
}

/** Undefined where answers depend on what the gateway cannot tell apart. Codings are its own business. */
function varyOf(header: string | string[] | undefined): string[] | undefined {
  const names = [header ?? []]
    .flat()
    .join(',')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const told = names.filter((name) => name !== '' && name !== 'accept-encoding');
  return told.every((name) => KNOWN_TO_SERVICES.has(name)) ? told : undefined;
}

/** Host and address with its parameters in one order; parameters of one name keep theirs. */
export function keyOf(host: string | undefined, target: string): string {
  const question = target.indexOf('?');
  if (question < 0) return `${host} ${target}`;
  const query = target.slice(question + 1);
  const path = target.slice(0, question);
  if (query === '') return `${host} ${path}`;
  if (!query.includes('&')) return `${host} ${target}`;
  const sorted = query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => [part.split('=', 1)[0] ?? '', part] as const)
    .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  return `${host} ${path}?${sorted.map(([, part]) => part).join('&')}`;
}
