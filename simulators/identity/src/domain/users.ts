/** What a person may do in the shop; the words of the shop's tokens. */
export type Role = 'customer' | 'admin';

export interface User {
  readonly name: string;
  readonly roles: readonly Role[];
}

const NAME = /^[a-z0-9-]{1,40}$/;
/** Who there is if nothing else is said. */
export const FIRST: readonly User[] = [
  { name: 'alice', roles: ['customer'] },
  { name: 'bob', roles: ['customer'] },
  { name: 'admin', roles: ['customer', 'admin'] },
];
/** The shop's word for a caller who is not signed in: a token with this subject would be taken for that of nobody. */
const NOBODY = 'anonymous';
/** A simulator that is asked for ever new names must not grow for ever. */
const MOST = 100_000;

export const isUserName = (name: unknown): name is string => typeof name === 'string' && NAME.test(name);

export type Refusal = 'not-a-name' | 'reserved' | 'removed' | 'too-many-users';
export type SignIn = { readonly user: User } | { readonly refused: Refusal };

/** Who there is. Nobody has a password: whoever says a name is that person, as fits a simulator and nothing else. */
export class Users {
  readonly #known: Map<string, User>;
  readonly #removed = new Set<string>();
  readonly #most: number;

  /** @param most how many names are remembered, those of removed users included */
  constructor(most = MOST, first: readonly User[] = FIRST) {
    this.#most = most;
    this.#known = new Map(first.map((user) => [user.name, user]));
  }

  /** Somebody says who they are; a new name becomes a customer. */
  signIn(name: unknown): SignIn {
    if (!isUserName(name)) return { refused: 'not-a-name' };
    if (this.#removed.has(name)) return { refused: 'removed' };
    const known = this.#known.get(name);
    return known === undefined ? this.put(name, ['customer']) : { user: known };
  }

  find(name: string): User | undefined {
    return this.#known.get(name);
  }

  isRemoved(name: string): boolean {
    return this.#removed.has(name);
  }

  /** Adds, changes or brings back. */
  put(name: string, roles: readonly Role[]): SignIn {
    if (name === NOBODY) return { refused: 'reserved' };
    if (this.#isFullFor(name)) return { refused: 'too-many-users' };
    const user = { name, roles: [...new Set(roles)] };
    this.#removed.delete(name);
    this.#known.set(name, user);
    return { user };
  }

  /** False when there was nobody of that name; they cannot come later either. */
  remove(name: string): boolean {
    // When no name is free, one that is not known need not be remembered: it is refused without that.
    if (!this.#isFullFor(name)) this.#removed.add(name);
    return this.#known.delete(name);
  }

  #isFullFor(name: string): boolean {
    const isOneOfThem = this.#known.has(name) || this.#removed.has(name);
    return !isOneOfThem && this.#known.size + this.#removed.size >= this.#most;
  }
}
