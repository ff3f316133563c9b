import { identityClaims, type Role, role } from '@souk/contracts';
import { ANONYMOUS } from '@souk/http';
import type { JWTPayload } from 'jose';
import { z } from 'zod';
import { customerId, type CustomerId } from './customer-id.js';
import type { Issuer } from './issuers.js';

/** Somebody in our words, whatever the provider's are. */
export interface Person {
  /** Of one person of one issuer, for ever. */
  readonly sub: string;
  readonly roles: readonly Role[];
  /** The name of the issuer in our configuration. */
  readonly issuer: string;
  /** Where the provider tells it, and does not say that it is unproven. */
  readonly email?: string;
}

const words = z.array(z.unknown()).default([]);
const address = z.email().max(254).optional().catch(undefined);

/**
 * Pattern: Federated Identity. What the claims of an issuer mean here: one function for each, made once.
 * `others` are the names of the other issuers, for whose people nobody here may pass. The function throws for a subject that is none, and for roles that are no list.
 */
export function claimMapping(
  issuer: Issuer,
  others: readonly string[],
  idOf: CustomerId = customerId,
): (claims: JWTPayload) => Person {
  const { claims: paths, roles: meanings, everybody } = issuer;
  const taken = others.map((name) => `${name}:`);
  const subjectOf = z
    .string()
    .min(1)
    .refine((subject) => issuer.subjects === 'qualified' || !taken.some((prefix) => subject.startsWith(prefix)));
  // The plain one is the shop's own. Whoever runs another one must not name our administrators by saying our word for them.
  const unmapped = (said: readonly unknown[]): readonly unknown[] => (issuer.subjects === 'plain' ? said : []);
  // Services take the name for nobody at all.
  const named = identityClaims.shape.sub.refine((sub) => sub !== ANONYMOUS);
  return (claims) => {
    const said = words.parse(at(claims, paths.roles));
    const meant = meanings === undefined ? unmapped(said) : said.flatMap((word) => meaningOf(meanings, word));
    // A provider has roles that mean nothing here.
    const roles = role.options.filter((one) => everybody.includes(one) || meant.includes(one));
    const email = claims['email_verified'] === false ? undefined : address.parse(at(claims, paths.email));
    const sub = named.parse(idOf(issuer, subjectOf.parse(at(claims, paths.subject))));
    return { sub, roles, issuer: issuer.name, ...(email !== undefined && { email }) };
  };
}

const meaningOf = (meanings: Readonly<Record<string, readonly Role[]>>, word: unknown): readonly Role[] =>
  typeof word === 'string' && Object.hasOwn(meanings, word) ? (meanings[word] ?? []) : [];

function at(claims: JWTPayload, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inside, name) =>
      typeof inside === 'object' && inside !== null && Object.hasOwn(inside, name)
        ? (inside as Readonly<Record<string, unknown>>)[name]
        : undefined,
    claims,
  );
}
