import { type Account, interactionPolicy } from 'oidc-provider';
import type { Directory } from './directory.js';

/** What tokens say of a person; undefined for one who was removed, which ends refreshing. */
export function accountOf(people: Directory, subject: string, isOpaque: boolean): Account | undefined {
  const user = people.find(subject);
  if (user === undefined) return undefined;
  const told = isOpaque ? {} : { ...people.kind.claimsOf(user), preferred_username: user.name };
  return { accountId: subject, claims: async () => ({ sub: subject, ...told }) };
}

/** A session of the provider does not outlive its user: who was removed is asked again, and refused then. */
export function signInPolicy(people: Directory): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  const removed = new interactionPolicy.Check('user_removed', 'the user is not known any more', ({ oidc }) => {
    const subject = oidc.session?.accountId;
    return subject !== undefined && people.find(subject) === undefined;
  });
  policy.get('login')?.checks.push(removed);
  return policy;
}
