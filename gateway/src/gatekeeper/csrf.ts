import { timingSafeEqual } from 'node:crypto';
import { CodedError } from '@souk/http';
import type { Visit } from './visit.js';

export const CSRF_HEADER = 'x-csrf-token';
export type CsrfCheck = (visit: Visit, expected: string) => void;

const SAFE = new Set(['GET', 'HEAD']);

/**
 * A browser sends the cookie by itself, also for a page of somebody else; the header can only be sent by who may read the session.
 * @throws CodedError 403 `csrf-token-invalid` for a write without it
 */
export const checkCsrf: CsrfCheck = ({ request }, expected) => {
  if (SAFE.has(request.method)) return;
  const given = Buffer.from(String(request.headers[CSRF_HEADER] ?? ''));
  const wanted = Buffer.from(expected);
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
  throw new CodedError(
    'forbidden',
    'csrf-token-invalid',
    `A write by cookie needs the header ${CSRF_HEADER} with the csrfToken of GET /auth/session.`,
  );
};
