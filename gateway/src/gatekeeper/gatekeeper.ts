import { ANONYMOUS, CodedError, isCodedError } from '@souk/http';
import type { Sessions } from '../identity/sessions.js';
import type { Tenants } from '../identity/tenants.js';
import type { Access } from '../routing/routes.js';
import { type Price, priceOf, priceOfTrying } from '../throttling/plan.js';
import type { Throttle } from '../throttling/throttle.js';
import { checkCsrf, type CsrfCheck } from './csrf.js';
import type { InternalTokens } from './internal-tokens.js';
import type { PublicTokens, VerifiedCaller } from './public-tokens.js';
import type { Visit } from './visit.js';

const anonymous: VerifiedCaller = { sub: ANONYMOUS, roles: [], validUntil: Infinity };

/** Faults of a session that leave its owner a visitor: who only looks around need not sign in for that. */
const LEAVES_VISITOR = new Set(['session-ended', 'identity-unavailable']);

const BEARER = 'Bearer ';

interface Credentials {
  readonly token: string;
  readonly caller: VerifiedCaller;
}

/** Pattern: Gatekeeper. Decides whether a call may go in and gives it the token that the services trust. */
export class Gatekeeper {
  readonly #publicTokens: PublicTokens;
  readonly #internalTokens: InternalTokens;
  readonly #sessions: Pick<Sessions, 'find'>;
  readonly #throttle: Throttle;
  readonly #tenants: Pick<Tenants, 'admits'>;
  readonly #checkCsrf: CsrfCheck;

  constructor(
    publicTokens: PublicTokens,
    internalTokens: InternalTokens,
    sessions: Pick<Sessions, 'find'>,
    throttle: Throttle,
    tenants: Pick<Tenants, 'admits'>,
    csrf: CsrfCheck = checkCsrf,
  ) {
    this.#publicTokens = publicTokens;
    this.#internalTokens = internalTokens;
    this.#sessions = sessions;
    this.#throttle = throttle;
    this.#tenants = tenants;
    this.#checkCsrf = csrf;
  }

  /**
   * The internal token for the caller of this request: by its Bearer token, or else by its session cookie. A bad token is refused even
   * where none is needed. Whoever it is pays the price of the request: what its class costs, if the route says nothing else.
   * @throws CodedError 429 `rate-limited`, `caller-blocked`; 401 `api-key-invalid`,
   * 401 `authentication-required`, `token-invalid`, `token-expired`, `session-ended`; 403 `forbidden`,
   * `csrf-token-invalid`; 503 `identity-unavailable`
   */
  admit(visit: Visit, access: Access, price: Price = priceOf(visit.request)): string | Promise<string> {
    const known = this.#known(visit.request.headers, access);
    if (known === undefined) return this.#find(visit, access, price);
    this.#throttle.charge(visit, known.caller, price);
    remember(visit, known.caller);
    return known.token;
  }

  /** At once for who was here a moment ago, as nearly everybody was: the promises of the long way cost more than all that they wait for. */
  #known({ authorization, cookie, host }: Visit['request']['headers'], access: Access): Credentials | undefined {
    if (authorization === undefined)
      return cookie === undefined && access === 'anonymous' ? this.#inside(ANONYMOUS, anonymous) : undefined;
    if (!authorization.startsWith(BEARER)) return undefined;
    const token = authorization.slice(BEARER.length);
    const caller = this.#publicTokens.known(token);
    if (caller === undefined || (access === 'admin' && !caller.roles.includes('admin'))) return undefined;
    if (!this.#tenants.admits(host, caller.issuer)) return undefined;
    return this.#inside(token, caller);
  }

  #inside(outside: string, caller: VerifiedCaller): Credentials | undefined {
    const token = this.#internalTokens.known(outside);
    return token === undefined ? undefined : { token, caller };
  }

  async #find(visit: Visit, access: Access, price: Price): Promise<string> {
    const found = await this.#credentials(visit, access).catch((error: unknown) => {
      // Who tries out tokens or cookies is charged by address.
      this.#throttle.charge(visit, undefined, priceOfTrying(price));
      throw error;
    });
    this.#throttle.charge(visit, found?.caller, price);
    if (found !== undefined) remember(visit, found.caller);
    if (found === undefined) {
      if (access !== 'anonymous') throw authenticationRequired();
      return this.#internalTokens.for(ANONYMOUS, anonymous);
    }
    if (access === 'admin' && !found.caller.roles.includes('admin')) {
      throw new CodedError('forbidden', 'forbidden', 'This needs the role admin.');
    }
    return this.#internalTokens.for(found.token, found.caller);
  }

  async #credentials(visit: Visit, access: Access): Promise<Credentials | undefined> {
    const { authorization, host } = visit.request.headers;
    const found = await (authorization === undefined ? this.#bySession(visit, access) : this.#byBearer(authorization));
    if (found === undefined || this.#tenants.admits(host, found.caller.issuer)) return found;
    throw new CodedError('unauthenticated', 'token-invalid', 'The token is not valid at this address of the shop.');
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
      this.#checkCsrf(visit, session.csrf);
      // Caches look at Authorization by themselves, at a cookie they do not. What a service says about caching goes before it.
      void visit.reply.header('cache-control', 'private, no-cache');
      return { token: session.accessToken, caller: session.caller };
    } catch (error) {
      if (access === 'anonymous' && isCodedError(error) && LEAVES_VISITOR.has(error.code)) return undefined;
      throw error;
    }
  }
}

/** For the access log. */
function remember({ request }: Visit, caller: VerifiedCaller): void {
  if (caller !== anonymous) request.caller = caller.sub;
}

const authenticationRequired = (): CodedError =>
  new CodedError(
    'unauthenticated',
    'authentication-required',
    'Sign in first: send Authorization: Bearer <token>, or begin at /auth/login in a browser.',
  );
