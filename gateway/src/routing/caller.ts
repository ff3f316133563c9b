import type { IncomingHttpHeaders } from 'node:http';
import { subjectOf } from '../gatekeeper/subject.js';

/** Who is counted as one: a customer, a browser that has an id, or else what can be told apart by address and kind of program. */
export function callerOf(headers: IncomingHttpHeaders, internalToken: string, address: string): string {
  const visitor = /(?:^|;\s*)souk-visitor=([\w-]+)/.exec(headers.cookie ?? '')?.[1];
  return subjectOf(internalToken) ?? visitor ?? `${address} ${headers['user-agent'] ?? ''}`;
}
