import type { Issuer } from './issuers.js';

export type Realm = Pick<Issuer, 'name' | 'label' | 'domains' | 'issuer'>;

/** What is known about where somebody belongs; what they say now goes before what is remembered. */
export interface Hints {
  /** The name of an issuer. */
  readonly issuer?: string | undefined;
  readonly email?: string | undefined;
  readonly remembered?: string | undefined;
  /** They want to be asked, whatever is remembered. */
  readonly choose?: boolean | undefined;
}

/** The home of whoever wants to sign in: undefined means that they must be asked. */
export function homeOf<T extends Realm>(
  realms: readonly T[],
  { issuer, email, remembered, choose }: Hints,
): T | undefined {
  const named = (name: string | undefined): T | undefined => realms.find((realm) => realm.name === name);
  if (issuer !== undefined) return named(issuer);
  if (email !== undefined) return realms.find(({ domains }) => domains.includes(domainOf(email)));
  if (realms.length === 1) return realms[0];
  return choose === true ? undefined : named(remembered);
}

const domainOf = (email: string): string => email.slice(email.lastIndexOf('@') + 1).toLowerCase();
