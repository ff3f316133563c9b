import { parseSettings } from '@souk/config';
import { role } from '@souk/contracts';
import { z } from 'zod';
import { origin } from '../public-url.js';

/** A claim by its name, or by a path of names where it is inside others: [realm_access, roles]. */
const claim = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform((path) => (typeof path === 'string' ? [path] : path));

const issuerSchema = z.strictObject({
  issuer: z.url({ protocol: /^https?$/ }).describe('as tokens and browsers name it'),
  reachedAt: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('from here, where that is another address'),
  clientId: z.string().min(1).default('souk-gateway'),
  clientSecretFile: z.string().min(1),
  label: z.string().min(1).max(60).describe('what people who sign in know it by'),
  domains: z
    .array(z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'a domain in small letters, e.g. corp.example'))
    .default([])
    .describe('of the e-mail addresses of its people'),
  shop: origin
    .optional()
    .describe('the address at which its people, and nobody else, come in: it is the provider of a tenant'),
  subjects: z
    .enum(['plain', 'qualified'])
    .default('qualified')
    .describe(
      'qualified: its people are `name:subject`, so that they are nobody of another issuer; one issuer may be plain',
    ),
  claims: z
    .strictObject({
      subject: claim.default(['sub']),
      roles: claim.default(['roles']),
      email: claim.default(['email']),
    })
    .prefault({}),
  roles: z
    .record(z.string(), z.array(role))
    .optional()
    .describe('what its words mean here; without it they mean nothing, those of the plain one are ours'),
  everybody: z.array(role).default([]).describe('the roles of all its people, whatever it says of them'),
});

const NAME = z.string().regex(/^[a-z][a-z0-9-]{0,19}$/, 'small letters, digits and -, 20 at most');

const issuersSchema = z
  .strictObject({ issuers: z.record(NAME, issuerSchema) })
  .transform(({ issuers }) => Object.entries(issuers).map(([name, one]) => ({ name, ...one })))
  .superRefine((all, context) => {
    const twice = (what: string, values: readonly string[]): void => {
      const doubled = values.find((value, index) => values.indexOf(value) !== index);
      if (doubled !== undefined) context.addIssue(`${what} ${doubled} is there twice`);
    };
    if (all.length === 0) context.addIssue('there is no issuer');
    else if (all.every(({ shop }) => shop !== undefined))
      context.addIssue('one must have no shop of its own: at the address of everybody nobody could sign in');
    if (all.some(({ shop, subjects }) => shop !== undefined && subjects === 'plain'))
      context.addIssue('the people of a tenant cannot have plain subjects');
    twice(
      'host of a shop',
      all.flatMap(({ shop }) => (shop === undefined ? [] : [new URL(shop).hostname])),
    );
    if (all.filter(({ subjects }) => subjects === 'plain').length > 1)
      context.addIssue('only one may have plain subjects');
    twice(
      'issuer',
      all.map(({ issuer }) => issuer),
    );
    twice(
      'domain',
      all.flatMap(({ domains }) => domains),
    );
  });

/** An identity provider that is believed, and how its words are to be understood. */
export type Issuer = Readonly<z.output<typeof issuerSchema>> & { readonly name: string };

/**
 * The issuers of a YAML file; `${NAME}` in it stands for a variable.
 * @throws Error naming the variable that is missing, or line and key of what is wrong
 */
export function parseIssuers(text: string, variables: Readonly<Record<string, string | undefined>>): Issuer[] {
  const filled = text.replace(/\$\{(\w+)\}/g, (_whole, name: string) => {
    const value = variables[name];
    // JSON is YAML: whatever a variable holds, it is one string.
    if (value === undefined || value === '') throw new Error(`the variable ${name} is not set`);
    return JSON.stringify(value);
  });
  return parseSettings(issuersSchema, filled);
}

/** What the issuer of a gateway is called that was given no file. */
export const ONLY_ISSUER = 'default';

/** The one issuer of a gateway that was given no file: its words are ours, its people go by their subjects. */
export const onlyIssuer = (
  address: Pick<Issuer, 'issuer' | 'reachedAt' | 'clientId' | 'clientSecretFile'>,
): Issuer => ({ name: ONLY_ISSUER, ...issuerSchema.parse({ ...address, label: 'Sign in', subjects: 'plain' }) });
