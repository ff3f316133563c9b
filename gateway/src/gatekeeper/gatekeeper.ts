import { ANONYMOUS, CodedError, isCodedError } from '@souk/http';
import type { Sessions } from '../identity/sessions.js';
import type { Access } from '../routing/routes.js';
import { checkCsrf } from './csrf.js';
import type { InternalTokens } from './internal-tokens.js';
import type { PublicTokens, VerifiedCaller } from './public-tokens.js';
import type { Visit } from './visit.js';

const anonymous: VerifiedCaller = { sub: ANONYMOUS, roles: [], validUntil: Infinity };

/** Faults of a session that leave its owner a visitor: who only looks around need not sign in for that. */
const LEAVES_VISITOR = new Set(['session-ended', 'identity-unavailable']);

interface Credentials {
  readonly token: string;
  readonly caller: VerifiedCaller;
}

/** Pattern: Gatekeeper. Decides whether a call may go in and gives it the token that the services trust. */
export class Gatekeeper {
  readonly #publicTokens: PublicTokens;
  readonly #internalTokens: InternalTokens;
  readonly #sessions: Pick<Sessions, 'find'>;

  constructor(publicTokens: PublicTokens, internalTokens: InternalTokens, sessions: Pick<Sessions, 'find'>) {
    this.#publicTokens = publicTokens;
    this.#internalTokens = internalTokens;
    this.#sessions = sessions;
  }

  /**
   * The internal token for the caller of this request: by its Bearer token, or else by its session cookie. A bad token is refused even
   * where none is needed.
   * @throws CodedError 401 `authentication-required`, `token-invalid`, `token-expired`, `session-ended`; 403 `forbidden`,
   * `csrf-token-invalid`; 503 `identity-unavailable`
   */
  async admit(visit: Visit, access: Access): Promise<string> {
    const { authorization } = visit.request.headers;
    const found =
      authorization === undefined ? await this.#bySession(visit, access) : await this.#byBearer(authorization);
    if (found === undefined) {
      if (access !== 'anonymous') throw authenticationRequired();
      return this.#internalTokens.for(ANONYMOUS, anonymous);
    }
    if (access === 'admin' && !found.caller.roles.includes('admin')) {
      throw new CodedError('forbidden', 'forbidden', 'This needs the role admin.');
    }
    return this.#internalTokens.for(found.token, found.caller);
  }

  async #byBearer(authorization: string): Promise<Credentials> {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
    if (token === undefined)
      throw new CodedError('unauthenticated', 'token-invalid', 'Send Authorization: Bearer <token>.');
    return { token, caller: await this.#publicTokens.verify(token) };
  }

  async #bySession(visit: Visit, access: Access): Promise<Credentials | undefined> {
    try {
      const session = await this.#sessions.find(visit);
      if (session === undefined) return undefined;
      checkCsrf(visit, session.csrf);
      // Caches look at Authorization by themselves, at a cookie they do not. What a service says about caching goes before it.
      void visit.reply.header('cache-control', 'private, no-cache');
      return { token: session.accessToken, caller: session.caller };
    } catch (error) {
      if (access === 'anonymous' && isCodedError(error) && LEAVES_VISITOR.has(error.code)) return undefined;
      throw error;
    }
  }
}

const authenticationRequired = (): CodedError =>
  new CodedError(
    'unauthenticated',
    'authentication-required',
    'Sign in first: send Authorization: Bearer <token>, or begin at /auth/login in a browser.',
  );
