/** Belong to one connection and end there (RFC 9110 §7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/** Framing and addressing are the client's own on either side. */
export const NEVER_FORWARDED: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'host',
  'content-length',
  'expect',
  'x-deadline-ms',
]);
const NEVER_ANSWERED: ReadonlySet<string> = new Set(HOP_BY_HOP);

export type HeaderLines = Readonly<Record<string, string | string[] | undefined>>;
export type Headers = Record<string, string | string[]>;

/** What travels upstream of the caller's headers: nothing that belongs to this connection, to the ambassador, or is injected by it. */
export function toUpstream(given: HeaderLines, injected: Readonly<Record<string, string>>): Headers {
  return { ...without(given, (name) => NEVER_FORWARDED.has(name) || name in injected), ...injected };
}

/** What travels back to the caller. `content-length` stays: it is the only word about a body that HEAD does not send. */
export const toCaller = (given: HeaderLines): Headers => without(given, (name) => NEVER_ANSWERED.has(name));

function without(given: HeaderLines, refused: (name: string) => boolean): Headers {
  const named = tokens(given['connection']);
  const kept: Headers = {};
  for (const name in given) {
    const value = given[name];
    if (value === undefined || refused(name) || named.includes(name) || name.startsWith('x-amb-')) continue;
    kept[name] = value;
  }
  return kept;
}

/** Of lines in an array too: as a text they are one list. */
const tokens = (value: string | string[] | undefined): string[] =>
  String(value ?? '')
    .split(',')
    .map((token) => token.trim().toLowerCase());

/** The value of a header that is there exactly once. */
export const single = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? (value.length === 1 ? value[0] : undefined) : value;
