/** Pattern: Bulkhead. A service once more, for those whose calls matter most: what the others do to theirs does not reach them. */
import type { Role } from '@souk/contracts';
import type { HttpRequest } from '@souk/http';
import { rolesOf } from '../gatekeeper/subject.js';
import type { Upstream } from './upstream.js';

export interface CriticalClass {
  /** Own instances, places and circuit. */
  readonly upstream: Upstream;
  /** Who has one of these belongs to the class. */
  readonly roles: readonly Role[];
}

/** By the internal token that the call carries to the service; a call without one is nobody's. */
export function isOf({ roles }: CriticalClass, { headers }: Pick<HttpRequest, 'headers'>): boolean {
  const token = /^Bearer (.+)$/.exec(headers?.['authorization'] ?? '')?.[1];
  return token !== undefined && rolesOf(token).some((role) => roles.some((one) => one === role));
}
