import { createHash } from 'node:crypto';
import type { Issuer } from './issuers.js';

/** The longest subject that services take. */
const LONGEST = 100;
/** Stands before a hash; a subject that begins with it is hashed too, so that none can pass for the hash of another. */
const HASHED = '~';

/** Who somebody is here, by whom that was said and as whom: another issuer's alice is another person. */
export type CustomerId = (issuer: Pick<Issuer, 'name' | 'subjects'>, subject: string) => string;

export const customerId: CustomerId = ({ name, subjects }, subject) => {
  if (subjects === 'plain') return subject;
  const whole = `${name}:${subject}`;
  if (whole.length <= LONGEST && !subject.startsWith(HASHED)) return whole;
  return `${name}:${HASHED}${createHash('sha256').update(subject).digest('base64url')}`;
};
