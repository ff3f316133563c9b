import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { onlyIssuer, parseIssuers } from './issuers.js';

const ONE = 'issuer: https://a.test, clientSecretFile: /a, label: A';
const file = (...issuers: string[]): string =>
  `issuers: {${issuers.map((issuer, index) => `${'abc'[index]}: {${issuer}}`).join(', ')}}`;

describe('the file of issuers', () => {
  it('FED-4 says who is believed, and what their words mean', () => {
    const [issuer] = parseIssuers(file(`${ONE}, claims: { roles: [realm, roles] }, roles: { boss: [admin] }`), {});
    expect(issuer).toEqual({
      name: 'a',
      issuer: 'https://a.test',
      clientSecretFile: '/a',
      clientId: 'souk-gateway',
      label: 'A',
      domains: [],
      subjects: 'qualified',
      claims: { subject: ['sub'], roles: ['realm', 'roles'], email: ['email'] },
      roles: { boss: ['admin'] },
      everybody: [],
    });
  });

  it('takes addresses and files from variables, whatever is in them', () => {
    const text = file('issuer: ${ISSUER}, clientSecretFile: ${FILE}, label: A');
    const [issuer] = parseIssuers(text, { ISSUER: 'https://a.test/x', FILE: '/a b: {c}"\n' });
    expect(issuer).toMatchObject({ issuer: 'https://a.test/x', clientSecretFile: '/a b: {c}"\n' });
    expect(() => parseIssuers(text, { ISSUER: 'https://a.test' })).toThrow('the variable FILE is not set');
    expect(() => parseIssuers(text, { ISSUER: '', FILE: '/a' })).toThrow('the variable ISSUER is not set');
  });

  it.each([
    ['no issuer', 'issuers: {}', /no issuer/],
    ['two of one address', file(ONE, ONE), /https:\/\/a.test is there twice/],
    [
      'a domain of two',
      file(
        `${ONE}, domains: [x.test]`,
        `${ONE}, issuer: https://b.test, domains: [x.test]`.replace('issuer: https://a.test, ', ''),
      ),
      /x.test is there twice/,
    ],
    [
      'two with plain subjects',
      file(`${ONE}, subjects: plain`, `${ONE}, subjects: plain`.replace('a.test', 'b.test')),
      /only one may have plain subjects/,
    ],
    ['none for everybody', file(`${ONE}, shop: https://a.shop.test`), /one must have no shop of its own/],
    [
      'a tenant with plain subjects',
      file(ONE, `${ONE}, subjects: plain, shop: https://a.shop.test`.replace('a.test', 'b.test')),
      /the people of a tenant cannot have plain subjects/,
    ],
    [
      'one host for two tenants: browsers send cookies to all its ports',
      file(
        ONE,
        `${ONE}, shop: https://a.shop.test`.replace('a.test', 'b.test'),
        `${ONE}, shop: https://a.shop.test:8443`.replace('a.test', 'c.test'),
      ),
      /host of a shop a.shop.test is there twice/,
    ],
    ['a role that is none', file(`${ONE}, roles: { boss: [king] }`), /roles/],
    ['a field that is none', file(`${ONE}, secret: abc`), /secret/],
    ['no address', file('issuer: here, clientSecretFile: /a, label: A'), /issuer/],
    ['a name that cannot stand before a colon', `issuers: { "a:b": { ${ONE} } }`, /Invalid key/],
  ])('is refused with %s', (_what, text, complaint) => expect(() => parseIssuers(text, {})).toThrow(complaint));

  it('of this release is good', () => {
    const text = readFileSync(new URL('../../../config/issuers.yaml', import.meta.url), 'utf8');
    const names = ['OIDC_ISSUER', 'OIDC_URL', 'OIDC_CORPORATE_ISSUER', 'OIDC_CORPORATE_URL'];
    const variables = Object.fromEntries(
      names.map((name) => [name, `https://${name.toLowerCase().replaceAll('_', '-')}.test`]),
    );
    const issuers = parseIssuers(text, { ...variables, OIDC_CLIENT_SECRET_FILE: '/secret' });
    expect(issuers.map(({ name, subjects }) => [name, subjects])).toEqual([
      ['social', 'plain'],
      ['corporate', 'qualified'],
    ]);
  });

  it('need not be there for one that speaks our words', () => {
    expect(onlyIssuer({ issuer: 'https://a.test', clientId: 'x', clientSecretFile: '/a' })).toMatchObject({
      subjects: 'plain',
      clientId: 'x',
      claims: { roles: ['roles'] },
    });
  });
});
