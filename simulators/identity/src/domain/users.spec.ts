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

  it('are not called what the shop calls those who are not signed in', () => {
    const users = new Users();
    expect([users.signIn('anonymous'), users.put('anonymous', ['admin'])]).toEqual([
      { refused: 'reserved' },
      { refused: 'reserved' },
    ]);
    expect(users.find('anonymous')).toBeUndefined();
  });

  it('are not more than so many, removed ones included, however their names come', () => {
    const users = new Users(5);
    users.signIn('carol');
    expect(users.remove('dave')).toBe(false);
    expect(users.signIn('dave')).toEqual({ refused: 'removed' });
    expect([users.signIn('eve'), users.put('eve', ['admin'])]).toEqual([
      { refused: 'too-many-users' },
      { refused: 'too-many-users' },
    ]);
    for (const name of ['eve', 'frank']) expect([users.remove(name), users.isRemoved(name)]).toEqual([false, false]);
    expect([users.remove('carol'), users.isRemoved('carol')]).toEqual([true, true]);
    expect(users.signIn('eve')).toEqual({ refused: 'too-many-users' });
    expect(users.put('carol', ['customer'])).toMatchObject({ user: { name: 'carol' } });
    expect(users.signIn('alice')).toMatchObject({ user: { name: 'alice' } });
  });

  it('FED-11 are refused once removed, until they are put back', () => {
    const users = new Users();
    expect([users.remove('alice'), users.remove('alice')]).toEqual([true, false]);
    expect([users.signIn('alice'), users.find('alice')]).toEqual([{ refused: 'removed' }, undefined]);
    users.put('alice', ['customer']);
    expect(users.signIn('alice')).toMatchObject({ user: { name: 'alice' } });
  });
});
