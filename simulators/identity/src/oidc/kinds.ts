import { createHash } from 'node:crypto';
import { FIRST, type User } from '../domain/users.js';

/** How a provider speaks of its people. */
export interface Kind {
  readonly name: 'social' | 'corporate';
  /** Who there is at first, and what they are on the page. */
  readonly first: readonly { readonly user: User; readonly what: string }[];
  /** The name in what somebody typed. */
  nameIn(typed: unknown): unknown;
  /** What tokens call them, the same after every start. */
  subjectOf(name: string): string;
  /** What access tokens say beyond that. */
  claimsOf(user: User): Readonly<Record<string, unknown>>;
}

/** People choose their names, which everybody sees; what they may do in the shop is in the shop's own words. */
export const social: Kind = {
  name: 'social',
  first: FIRST.map((user) => ({ user, what: user.roles.includes('admin') ? 'administrator' : 'customer' })),
  nameIn: (typed) => typed,
  subjectOf: (name) => name,
  claimsOf: ({ roles }) => ({ roles: [...roles] }),
};

export const CORPORATE_DOMAIN = 'corp.example';
const AT_DOMAIN = `@${CORPORATE_DOMAIN}`;
const GROUPS = { customer: 'staff', admin: 'shop-administrators' } as const;

/** A company: people have addresses and groups of its own, and tokens call them by a number that means nothing. */
export const corporate: Kind = {
  name: 'corporate',
  first: [
    { user: { name: 'carla', roles: ['customer'] }, what: 'staff' },
    { user: { name: 'omar', roles: ['customer', 'admin'] }, what: 'administrator' },
  ],
  nameIn: (typed) =>
    typeof typed === 'string' && typed.endsWith(AT_DOMAIN) ? typed.slice(0, -AT_DOMAIN.length) : typed,
  subjectOf: (name) => createHash('sha256').update(`${CORPORATE_DOMAIN} ${name}`).digest('hex').slice(0, 32),
  claimsOf: ({ name, roles }) => ({
    groups: roles.map((role) => GROUPS[role]),
    email: `${name}${AT_DOMAIN}`,
    email_verified: true,
  }),
};
