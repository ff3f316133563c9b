import { randomBytes } from 'node:crypto';
import { CodedError, isCodedError } from '@souk/http';
import { z } from 'zod';
import type { PublicTokens, VerifiedCaller } from '../gatekeeper/public-tokens.js';
import type { Visit } from '../gatekeeper/visit.js';
import type { Clients } from './clients.js';
import type { Tokens } from './oidc-client.js';
import { Renewals } from './renewals.js';
import type { SealedCookie } from './sealed-cookie.js';
import type { Tenants } from './tenants.js';

/** Nobody stays signed in for longer, whatever the provider says. */
const SESSION_SECONDS = 12 * 60 * 60;
/** A token with less to live is renewed before it is used. */
const MARGIN_SECONDS = 10;

/** The content of the session cookie; times in epoch seconds. */
export const sessionContent = z.object({
  accessToken: z.string(),
  refreshToken: z.string().optional(),
  /** By whose client it is renewed. */
  issuer: z.string().optional(),
  /** Until then the access token is used as it is. */
  goodUntil: z.number(),
  endsAt: z.number(),
  /** What writes must show; it also names the session. */
  csrf: z.string(),
});
type Session = z.infer<typeof sessionContent>;

/** The content of the cookie that sign-out leaves: which session has ended. */
export const signedOutContent = sessionContent.pick({ csrf: true });

export interface SignedIn {
  readonly accessToken: string;
  readonly caller: VerifiedCaller;
  readonly csrf: string;
  /** Epoch seconds. */
  readonly endsAt: number;
}

interface SessionParts {
  readonly cookie: SealedCookie<Session>;
  readonly signedOut: SealedCookie<z.infer<typeof signedOutContent>>;
  readonly tokens: PublicTokens;
  readonly clients: Clients;
  readonly tenants: Pick<Tenants, 'admits'>;
  readonly now: () => number;
}

/** Pattern: Federated Identity. Who is signed in by cookie: the cookie holds everything, the gateway keeps nothing. */
export class Sessions {
  readonly #cookie: SealedCookie<Session>;
  readonly #signedOut: SessionParts['signedOut'];
  readonly #tokens: PublicTokens;
  readonly #clients: Clients;
  readonly #tenants: Pick<Tenants, 'admits'>;
  readonly #now: () => number;
  readonly #renewals: Renewals<Session>;

  /** `now` in epoch seconds. */
  constructor(parts: SessionParts) {
    this.#cookie = parts.cookie;
    this.#signedOut = parts.signedOut;
    this.#tokens = parts.tokens;
    this.#clients = parts.clients;
    this.#tenants = parts.tenants;
    this.#now = parts.now;
    this.#renewals = new Renewals(parts.now);
  }

  /** A new session in place of any other. @throws CodedError when the access token is not one for here, or too large for a cookie */
  async begin(visit: Visit, tokens: Tokens, issuer: string | undefined): Promise<void> {
    const endsAt = this.#now() + SESSION_SECONDS;
    const csrf = randomBytes(24).toString('base64url');
    await this.#write(visit, await this.#sessionOf(tokens, { csrf, endsAt, issuer }));
  }

  /**
   * Undefined without a session. One whose access token has ended is renewed, with a new cookie in the answer.
   * @throws CodedError 401 `session-ended` when it cannot be renewed or is not for this address, and the cookie is taken away; 503 `identity-unavailable`
   */
  async find(visit: Visit): Promise<SignedIn | undefined> {
    const session = await this.#read(visit);
    if (session === undefined) return undefined;
    try {
      const current = await this.#current(session);
      const caller = await this.#tokens.verify(current.accessToken);
      // Of an address that became a tenant's later, or is another one's by now.
      if (!this.#tenants.admits(visit.request.headers.host, caller.issuer))
        throw new Error('signed in at another address of the shop');
      if (current !== session) await this.#write(visit, current);
      return { accessToken: current.accessToken, caller, csrf: current.csrf, endsAt: current.endsAt };
    } catch (cause) {
      if (isCodedError(cause) && cause.kind === 'unavailable') throw cause;
      this.#cookie.clear(visit);
      throw new CodedError('unauthenticated', 'session-ended', 'You are signed out; sign in again.', { cause });
    }
  }

  /** The CSRF token of the session, whatever has become of its access token. */
  async csrfOf(visit: Visit): Promise<string | undefined> {
    return (await this.#read(visit))?.csrf;
  }

  /** Takes the cookie away and makes what was in it useless at the provider, if that can be had; whose session it was. */
  async end(visit: Visit): Promise<string | undefined> {
    const session = await this.#read(visit);
    this.#cookie.clear(visit);
    if (session === undefined) return undefined;
    const { csrf, refreshToken, issuer, endsAt } = session;
    this.#renewals.forget(csrf);
    // An answer that is still on its way may bring a renewed cookie to this browser.
    await this.#signedOut.write(visit, { csrf }, endsAt - this.#now());
    if (refreshToken !== undefined) await this.#revoke(issuer, refreshToken).catch(() => undefined);
    return issuer;
  }

  async #read(visit: Visit): Promise<Session | undefined> {
    const session = await this.#cookie.read(visit);
    const isGood = session !== undefined && session.endsAt > this.#now();
    if (isGood && (await this.#signedOut.read(visit))?.csrf !== session.csrf) return session;
    if (this.#cookie.isIn(visit)) this.#cookie.clear(visit);
    return undefined;
  }

  async #current(session: Session): Promise<Session> {
    const { refreshToken, goodUntil, csrf, endsAt, issuer } = session;
    if (goodUntil > this.#now() || refreshToken === undefined) return session;
    try {
      return await this.#renewals.get(csrf, async () =>
        this.#sessionOf(await this.#clients.of(issuer).refresh(refreshToken), { csrf, endsAt, issuer }),
      );
    } catch (error) {
      // The last seconds of a token are still good while the provider is away.
      if (isCodedError(error) && error.kind === 'unavailable' && goodUntil + MARGIN_SECONDS > this.#now())
        return session;
      throw error;
    }
  }

  async #revoke(issuer: string | undefined, refreshToken: string): Promise<void> {
    await this.#clients.of(issuer).revoke(refreshToken);
  }

  async #sessionOf(tokens: Tokens, rest: Pick<Session, 'csrf' | 'endsAt' | 'issuer'>): Promise<Session> {
    const { validUntil } = await this.#tokens.verify(tokens.accessToken);
    return { ...tokens, goodUntil: validUntil - MARGIN_SECONDS, ...rest };
  }

  async #write(visit: Visit, session: Session): Promise<void> {
    await this.#cookie.write(visit, session, session.endsAt - this.#now());
  }
}
