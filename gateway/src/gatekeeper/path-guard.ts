/** Whatever two decoders could read differently: encoded slash, backslash, dot, percent or NUL, raw backslash, non-ASCII. */
const AMBIGUOUS = /%(?:2f|5c|2e|25|00)|\\/i;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** Why a request target is refused, or undefined when every decoder reads the same path from it. */
export function refuseTarget(target: string): string | undefined {
  if (!VISIBLE_ASCII.test(target)) return 'The address holds characters that must be percent-encoded.';
  if (!target.startsWith('/')) return 'The address must begin with a slash.';
  const path = target.split(/[?#]/, 1)[0] ?? '';
  if (AMBIGUOUS.test(path)) return 'The path holds an encoded or back slash, dot, percent or NUL.';
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) return 'The path climbs.';
  return undefined;
}
