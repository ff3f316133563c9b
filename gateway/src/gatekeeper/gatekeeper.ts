import { ANONYMOUS, CodedError } from '@souk/http';
import type { Access } from '../routing/routes.js';
import type { InternalTokens } from './internal-tokens.js';
import type { PublicTokens, VerifiedCaller } from './public-tokens.js';

const anonymous: VerifiedCaller = { sub: ANONYMOUS, roles: [], validUntil: Infinity };

/** Pattern: Gatekeeper. Decides whether a call may go in and gives it the token that the services trust. */
export class Gatekeeper {
  readonly #publicTokens: PublicTokens;
  readonly #internalTokens: InternalTokens;

  constructor(publicTokens: PublicTokens, internalTokens: InternalTokens) {
    this.#publicTokens = publicTokens;
    this.#internalTokens = internalTokens;
  }

  /**
   * The internal token for a caller with this Authorization header. A bad token is refused even where none is needed.
   * @throws CodedError 401 `authentication-required`, `token-invalid`, `token-expired`; 403 `forbidden`
   */
  async admit(authorization: string | undefined, access: Access): Promise<string> {
    if (authorization === undefined) {
      if (access !== 'anonymous') throw authenticationRequired();
      return this.#internalTokens.for(ANONYMOUS, anonymous);
    }
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
    if (token === undefined)
      throw new CodedError('unauthenticated', 'token-invalid', 'Send Authorization: Bearer <token>.');
    const caller = await this.#publicTokens.verify(token);
    if (access === 'admin' && !caller.roles.includes('admin')) {
      throw new CodedError('forbidden', 'forbidden', 'This needs the role admin.');
    }
    return this.#internalTokens.for(token, caller);
  }
}

const authenticationRequired = (): CodedError =>
  new CodedError('unauthenticated', 'authentication-required', 'Sign in first: send Authorization: Bearer <token>.');
