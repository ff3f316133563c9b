import { CodedError } from '@souk/http';
import { z } from 'zod';
import type { Visit } from '../gatekeeper/visit.js';
import type { OidcClient } from './oidc-client.js';
import { otherLoopback, returnAddress } from './return-to.js';
import type { SealedCookie } from './sealed-cookie.js';
import type { Sessions } from './sessions.js';

/** For as long a person may take to sign in at the provider. */
const LOGIN_SECONDS = 600;

/** What the browser keeps between leaving for the provider and coming back. */
export const loginContent = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.url(),
  /** Epoch seconds. */
  endsAt: z.number(),
});

export interface SignInParts {
  readonly client: OidcClient;
  readonly sessions: Sessions;
  readonly cookie: SealedCookie<z.infer<typeof loginContent>>;
  readonly publicUrl: string;
  /** Epoch seconds. */
  readonly now: () => number;
}

/** The way to the provider and back, as one browser goes it. */
export class SignIn {
  readonly #parts: SignInParts;

  constructor(parts: SignInParts) {
    this.#parts = parts;
  }

  /** Where to send the browser. @throws CodedError 400 `validation-failed`; 503 `identity-unavailable` */
  async begin(visit: Visit, path: string): Promise<string> {
    const { client, cookie, publicUrl, now } = this.#parts;
    const returnTo = returnAddress(path, publicUrl);
    if (returnTo === undefined) {
      const errors = [{ path: 'returnTo', message: 'a path of this shop, e.g. /' }];
      throw new CodedError('invalid', 'validation-failed', 'There is no way back to returnTo.', { errors });
    }
    const elsewhere = otherLoopback(visit.request.headers.host, publicUrl);
    if (elsewhere !== undefined) return `${elsewhere}/auth/login?returnTo=${encodeURIComponent(path)}`;
    const { url, checks } = await client.begin();
    await cookie.write(visit, { ...checks, returnTo, endsAt: now() + LOGIN_SECONDS }, LOGIN_SECONDS);
    return url;
  }

  /** Where to send the browser, signed in. @throws CodedError 401 `sign-in-failed`; 503 `identity-unavailable` */
  async complete(visit: Visit, query: string): Promise<string> {
    const { client, cookie, sessions, now } = this.#parts;
    const login = await cookie.read(visit);
    // Any page can lead a browser here; that must not cancel a sign-in under way.
    const isItsAnswer = login !== undefined && new URLSearchParams(query).get('state') === login.state;
    if (!isItsAnswer || login.endsAt <= now()) {
      throw new CodedError(
        'unauthenticated',
        'sign-in-failed',
        'This browser began no such sign-in, or long ago; begin again.',
      );
    }
    cookie.clear(visit);
    await sessions.begin(visit, await client.complete(query, login));
    return login.returnTo;
  }
}
