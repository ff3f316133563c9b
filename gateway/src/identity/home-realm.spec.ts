import { describe, expect, it } from '@jest/globals';
import { type Hints, homeOf } from './home-realm.js';

const social = { name: 'social', label: 'S', domains: [], issuer: 'https://social.test' };
const corporate = { name: 'corporate', label: 'C', domains: ['corp.example'], issuer: 'https://corp.test' };
const both = [social, corporate];

describe('the home of whoever wants to sign in', () => {
  it.each<[string, Hints, string | undefined]>([
    ['is what they name', { issuer: 'corporate', remembered: 'social' }, 'corporate'],
    ['is nowhere when they name none', { issuer: 'evil', remembered: 'social' }, undefined],
    ['is that of their address', { email: 'Carla@CORP.example' }, 'corporate'],
    ['is not that of an address that only looks like it', { email: 'a@evilcorp.example' }, undefined],
    ['is not that of a part of an address', { email: 'corp.example@evil.test' }, undefined],
    ['is asked for when nobody is responsible for the address', { email: 'a@x.test', remembered: 'social' }, undefined],
    ['is where they were last', { remembered: 'corporate' }, 'corporate'],
    ['is asked for when they want to choose', { remembered: 'corporate', choose: true }, undefined],
    ['is asked for when what is remembered is gone', { remembered: 'old' }, undefined],
    ['is asked for when nothing is known', {}, undefined],
  ])('FED-5 %s', (_what, hints, name) => expect(homeOf(both, hints)?.name).toBe(name));

  it('FED-5 is the only one there is', () => {
    expect(homeOf([social], {})).toBe(social);
    expect(homeOf([social], { choose: true })).toBe(social);
    expect(homeOf([social], { issuer: 'corporate' })).toBeUndefined();
  });
});
