/** Content codings that the gateway speaks, the better one first. */
export type Coding = 'br' | 'gzip';

const CODINGS: readonly Coding[] = ['br', 'gzip'];
const COMPRESSIBLE =
  /^(?:text\/(?!event-stream)|application\/(?:json|javascript|xml|yaml|manifest\+json|[\w.-]+\+(?:json|xml))|image\/svg\+xml)/i;

/** Browsers and clients send few different ones. */
const MAX_KNOWN = 200;
const known = new Map<string, Coding | undefined>();

/** RFC 9110 §12.5.3: the coding with the highest weight, ours in a tie; undefined means that it goes out as it is. */
export function codingFor(header: string | string[] | undefined): Coding | undefined {
  if (typeof header !== 'string') return undefined;
  if (known.has(header)) return known.get(header);
  if (known.size >= MAX_KNOWN) known.clear();
  const chosen = choose(header);
  known.set(header, chosen);
  return chosen;
}

function choose(header: string): Coding | undefined {
  const weights = new Map(header.split(',').map(weighed));
  const weightOf = (coding: string): number => weights.get(coding) ?? weights.get('*') ?? 0;
  const identity = weights.get('identity') ?? 0;
  const [best] = [...CODINGS].sort((a, b) => weightOf(b) - weightOf(a));
  return best !== undefined && weightOf(best) > 0 && weightOf(best) >= identity ? best : undefined;
}

function weighed(part: string): [string, number] {
  const [name = '', ...parameters] = part.split(';').map((one) => one.trim().toLowerCase());
  const q = parameters.find((one) => one.startsWith('q='))?.slice(2);
  return [name, q === undefined ? 1 : Number(q) || 0];
}

export const isCompressible = (type: unknown): boolean => typeof type === 'string' && COMPRESSIBLE.test(type);

/** `Vary` with more names. */
export function alsoVary(vary: unknown, ...names: readonly string[]): string {
  const given = [vary ?? []].flat().join(', ');
  if (given === '*') return given;
  const has = given.toLowerCase().split(/,\s*/);
  const more = names.filter((name) => !has.includes(name.toLowerCase()));
  return (given === '' ? more : [given, ...more]).join(', ');
}

/** The bytes on the wire differ by their coding, so a validator of theirs can only be a weak one. */
export const weakened = (etag: string): string => (etag.startsWith('W/') ? etag : `W/${etag}`);
