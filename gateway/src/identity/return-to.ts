/** Names of this machine, as URLs have them. */
export const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
const VISIBLE_ASCII = /^[\x21-\x7e]{1,500}$/;

/**
 * The address to return to after sign-in, absolute: as browsers read it, it cannot lead to another host. Undefined when it is no local
 * path, or one that would begin a sign-in again.
 */
export function returnAddress(path: string, publicUrl: string): string | undefined {
  if (!VISIBLE_ASCII.test(path) || !path.startsWith('/')) return undefined;
  const url = URL.parse(path, publicUrl);
  if (url === null || url.origin !== new URL(publicUrl).origin || beginsAgain(url.pathname)) return undefined;
  return url.href;
}

/** However it is spelt; what cannot be decoded leads nowhere. */
function beginsAgain(path: string): boolean {
  try {
    return /^\/+auth(\/|$)/i.test(decodeURIComponent(path));
  } catch {
    return true;
  }
}

/** Cookies set for 127.0.0.1 do not come back at localhost, where the provider sends browsers: begin there. */
export function otherLoopback(host: string | undefined, publicUrl: string): string | undefined {
  const [asked, own] = [URL.parse(`http://${host}`), new URL(publicUrl)];
  const isAlias =
    asked !== null && LOOPBACK.has(asked.hostname) && LOOPBACK.has(own.hostname) && asked.port === own.port;
  return isAlias && asked.hostname !== own.hostname ? own.origin : undefined;
}
