import { ANONYMOUS } from '@souk/http';
import { decodeJwt } from 'jose';

/** Who an internal token of ours stands for; undefined for anonymous callers. Reads, does not check: for fresh tokens only. */
export function subjectOf(internalToken: string): string | undefined {
  const { sub } = decodeJwt(internalToken);
  return sub === ANONYMOUS ? undefined : sub;
}

/** What the holder of an internal token of ours may do. Reads, does not check: for fresh tokens only. */
export function rolesOf(internalToken: string): readonly string[] {
  const { roles } = decodeJwt<{ roles?: unknown }>(internalToken);
  return Array.isArray(roles) ? roles : [];
}
