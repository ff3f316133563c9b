/**
 * Whatever two readers could take for different paths: encoded slash, backslash, percent or NUL, raw backslash, and characters that
 * need no encoding (RFC 3986 unreserved: letters, digits, `-._~`) encoded all the same.
 */
const AMBIGUOUS = /%(?:00|2[5def]|3\d|4[1-9a-f]|5[\dacf]|6[1-9a-f]|7[\dae])|\\/i;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** Looks at the target of a request before anything else does; why it is refused, or undefined. */
export type TargetGuard = (raw: { url?: string | undefined }) => string | undefined;

export const guardTarget: TargetGuard = ({ url = '' }) => refuseTarget(url);

/** Why a request target is refused, or undefined when every decoder reads the same path from it. */
export function refuseTarget(target: string): string | undefined {
  if (!VISIBLE_ASCII.test(target)) return 'The address holds characters that must be percent-encoded.';
  if (!target.startsWith('/')) return 'The address must begin with a slash.';
  // It is never sent (RFC 9112 §3.2.1); some would read it as the end of the path, some as a part of it.
  if (target.includes('#')) return 'The address holds a fragment.';
  const path = target.split('?', 1)[0] ?? '';
  if (AMBIGUOUS.test(path))
    return 'The path holds a backslash, or an encoded slash, percent, NUL, letter, digit, or one of -._~.';
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) return 'The path climbs.';
  return undefined;
}
