import { ANONYMOUS } from '@souk/http';
import { decodeJwt } from 'jose';

/** Who an internal token of ours stands for; undefined for anonymous callers. Reads, does not check: for fresh tokens only. */
export function subjectOf(internalToken: string): string | undefined {
  const { sub } = decodeJwt(internalToken);
  return sub === ANONYMOUS ? undefined : sub;
}
