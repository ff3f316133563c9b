import { type Account, interactionPolicy } from 'oidc-provider';
import type { Users } from '../domain/users.js';

/** What tokens say of a person; undefined for one who was removed, which ends refreshing. */
export function accountOf(users: Users, name: string): Account | undefined {
  const user = users.find(name);
  if (user === undefined) return undefined;
  return {
    accountId: name,
    claims: async () => ({ sub: name, roles: [...user.roles], preferred_username: name }),
  };
}

/** A session of the provider does not outlive its user: who was removed is asked again, and refused then. */
export function signInPolicy(users: Users): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  const removed = new interactionPolicy.Check('user_removed', 'the user is not known any more', ({ oidc }) => {
    const name = oidc.session?.accountId;
    return name !== undefined && users.find(name) === undefined;
  });
  policy.get('login')?.checks.push(removed);
  return policy;
}
