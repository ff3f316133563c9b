import { describe, expect, it } from '@jest/globals';
import { claimMapping } from './claim-mapping.js';
import { customerId } from './customer-id.js';
import { bySubjectAlone } from './customer-id.naive.js';
import { type Issuer, onlyIssuer } from './issuers.js';

const social: Issuer = {
  ...onlyIssuer({ issuer: 'https://social.test', clientId: 'x', clientSecretFile: '/x' }),
  name: 'social',
};
const corporate: Issuer = {
  ...social,
  name: 'corporate',
  subjects: 'qualified',
  claims: { subject: ['sub'], roles: ['groups'], email: ['email'] },
  roles: { staff: ['customer'], bosses: ['admin'] },
};
const ofSocial = claimMapping(social, ['corporate']);
const ofCorporate = claimMapping(corporate, ['social']);

describe('the claims of an issuer', () => {
  it('FED-4 become roles of ours by what its words mean here', () => {
    const groups = ['bosses', 'staff', 'canteen', 7, 'constructor'];
    expect(ofCorporate({ sub: '1', groups }).roles).toEqual(['customer', 'admin']);
    expect(ofCorporate({ sub: '1', groups: ['admin'] }).roles).toEqual([]);
    expect(ofSocial({ sub: 'alice', roles: ['admin', 'king'] }).roles).toEqual(['admin']);
  });

  it('FED-4 name no role of ours for another issuer whose words nobody has mapped', () => {
    const { roles: _mapped, ...rest } = corporate;
    const unmapped: Issuer = { ...rest, everybody: ['customer'] };
    expect(claimMapping(unmapped, [])({ sub: '1', groups: ['admin'] }).roles).toEqual(['customer']);
    expect(claimMapping({ ...unmapped, everybody: [] }, [])({ sub: '1', groups: ['admin'] }).roles).toEqual([]);
    // The plain one is the shop's own, also among others.
    expect(claimMapping(social, ['corporate'])({ sub: 'admin', roles: ['admin'] }).roles).toEqual(['admin']);
  });

  it('FED-4 are found where it puts them', () => {
    const nested = claimMapping({ ...social, claims: { ...social.claims, roles: ['realm_access', 'roles'] } }, []);
    expect(nested({ sub: 'a', realm_access: { roles: ['customer'] } }).roles).toEqual(['customer']);
    expect(nested({ sub: 'a', realm_access: 'customer' }).roles).toEqual([]);
    expect(nested({ sub: 'a' }).roles).toEqual([]);
    expect(() => ofSocial({ sub: 'a', roles: 'admin' })).toThrow();
  });

  it('FED-6 tell the same person apart by issuer and subject, every time', () => {
    expect(ofCorporate({ sub: 'alice' }).sub).toBe('corporate:alice');
    expect(ofSocial({ sub: 'alice' }).sub).toBe('alice');
    expect(ofCorporate({ sub: 'alice' })).toEqual(ofCorporate({ sub: 'alice' }));
  });

  it('FED-6 let nobody pass for somebody of another issuer', () => {
    expect(() => ofSocial({ sub: 'corporate:alice' })).toThrow();
    expect(ofSocial({ sub: 'corporation:alice' }).sub).toBe('corporation:alice');
    const mixed = [claimMapping(social, [], bySubjectAlone), claimMapping(corporate, [], bySubjectAlone)];
    expect(new Set(mixed.map((read) => read({ sub: 'alice' }).sub)).size).toBe(1);
  });

  it('FED-7 need be no more than an opaque id', () => {
    const read = claimMapping({ ...corporate, everybody: ['customer'] }, []);
    expect(read({ sub: '4f0c' })).toEqual({ sub: 'corporate:4f0c', roles: ['customer'], issuer: 'corporate' });
  });

  it('FED-6 have an address where it is told and not said to be unproven', () => {
    expect(ofCorporate({ sub: '1', email: 'a@corp.example', email_verified: true }).email).toBe('a@corp.example');
    expect(ofCorporate({ sub: '1', email: 'a@corp.example', email_verified: false })).not.toHaveProperty('email');
    expect(ofCorporate({ sub: '1', email: '<script>' })).not.toHaveProperty('email');
  });

  it.each([{ sub: '' }, { sub: 7 as never }, {}, { sub: 'anonymous' }])('are of nobody: %j', (claims) =>
    expect(() => ofSocial(claims)).toThrow(),
  );
});

describe('the id of a customer', () => {
  const of = (subject: string): string => customerId({ name: 'corp', subjects: 'qualified' }, subject);

  it('FED-7 has at most 100 characters, however long the subject', () => {
    const [long, other] = [`${'x'.repeat(254)}a`, `${'x'.repeat(254)}b`];
    expect(of(long)).toHaveLength('corp:~'.length + 43);
    expect(of(long)).not.toBe(of(other));
    expect(of('x'.repeat(95))).toBe(`corp:${'x'.repeat(95)}`);
    expect(of('x'.repeat(96))).toMatch(/^corp:~/);
  });

  it('cannot be had by who may choose a subject that looks like a hash', () => {
    const long = 'x'.repeat(200);
    expect(of(of(long).slice('corp:'.length))).not.toBe(of(long));
  });
});
