import type { Kind } from './kinds.js';
import { type SignIn, type User, Users } from '../domain/users.js';

/** The people of one provider, by what its tokens call them. */
export class Directory {
  readonly kind: Kind;
  readonly users: Users;
  /** From subjects to names, of those who were here. */
  readonly #names = new Map<string, string>();

  constructor(
    kind: Kind,
    users = new Users(
      undefined,
      kind.first.map(({ user }) => user),
    ),
  ) {
    this.kind = kind;
    this.users = users;
  }

  /** Somebody says who they are. */
  signIn(typed: unknown): SignIn {
    return this.users.signIn(this.kind.nameIn(typed));
  }

  subjectOf({ name }: User): string {
    const subject = this.kind.subjectOf(name);
    if (subject !== name) this.#names.set(subject, name);
    return subject;
  }

  /** Undefined for one who was removed, or was never here. */
  find(subject: string): User | undefined {
    const name = this.#names.get(subject) ?? subject;
    return this.kind.subjectOf(name) === subject ? this.users.find(name) : undefined;
  }
}
