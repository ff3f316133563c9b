import { describe, expect, it } from '@jest/globals';
import { Users } from './users.js';

describe('users of the simulator', () => {
  it('are alice, bob and the administrator at first', () => {
    const users = new Users();
    expect(['alice', 'bob', 'admin'].map((name) => users.find(name)?.roles)).toEqual([
      ['customer'],
      ['customer'],
      ['customer', 'admin'],
    ]);
    expect(users.find('carol')).toBeUndefined();
  });

  it('FED-6 become customers when they first sign in, and stay what they are', () => {
    const users = new Users();
    expect(users.signIn('carol')).toEqual({ user: { name: 'carol', roles: ['customer'] } });
    users.put('carol', ['admin', 'admin']);
    expect(users.signIn('carol')).toEqual({ user: { name: 'carol', roles: ['admin'] } });
  });

  it.each([undefined, 7, '', 'Carol', 'a b', 'a\nb', 'x'.repeat(41), '../x', 'ä'])('are not called %j', (name) => {
    expect(new Users().signIn(name)).toEqual({ refused: 'not-a-name' });
  });

  it('FED-11 are refused once removed, until they are put back', () => {
    const users = new Users();
    expect([users.remove('alice'), users.remove('alice')]).toEqual([true, false]);
    expect([users.signIn('alice'), users.find('alice')]).toEqual([{ refused: 'removed' }, undefined]);
    users.put('alice', ['customer']);
    expect(users.signIn('alice')).toMatchObject({ user: { name: 'alice' } });
  });
});
