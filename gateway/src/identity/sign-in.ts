import { CodedError } from '@souk/http';
import { z } from 'zod';
import type { Visit } from '../gatekeeper/visit.js';
import type { Clients, Home } from './clients.js';
import type { HomeCookie } from './home-cookie.js';
import { homeOf, type Hints } from './home-realm.js';
import { otherLoopback, returnAddress } from './return-to.js';
import type { SealedCookie } from './sealed-cookie.js';
import type { Sessions } from './sessions.js';
import type { Tenants } from './tenants.js';

/** For as long a person may take to sign in at the provider. */
const LOGIN_SECONDS = 600;

/** What the browser keeps between leaving for the provider and coming back. */
export const loginContent = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.url(),
  /** Whose answer it must be. */
  issuer: z.string().optional(),
  /** Epoch seconds. */
  endsAt: z.number(),
});

export interface SignInParts {
  readonly clients: Clients;
  readonly home: HomeCookie;
  readonly sessions: Sessions;
  readonly cookie: SealedCookie<z.infer<typeof loginContent>>;
  readonly tenants: Pick<Tenants, 'homesAt' | 'addressAt'>;
  /** Epoch seconds. */
  readonly now: () => number;
}

/** What somebody says who wants to sign in: a path to return to, and where they belong, if they know. */
export interface Wish extends Omit<Hints, 'remembered'> {
  readonly returnTo: string;
}

/** They must say where they belong first. */
export interface Choice {
  readonly homes: readonly Home[];
  readonly returnTo: string;
  /** The address that leads nowhere. */
  readonly unknown?: string;
}

/** The way to the provider and back, as one browser goes it. */
export class SignIn {
  readonly #parts: SignInParts;

  constructor(parts: SignInParts) {
    this.#parts = parts;
  }

  /** Where to send the browser, or what to ask. @throws CodedError 400 `validation-failed`; 503 `identity-unavailable` */
  async begin(visit: Visit, wish: Wish): Promise<string | Choice> {
    const { clients, home, cookie, tenants, now } = this.#parts;
    const { host } = visit.request.headers;
    const shop = tenants.addressAt(host);
    const returnTo = returnAddress(wish.returnTo, shop);
    if (returnTo === undefined) {
      const errors = [{ path: 'returnTo', message: 'a path of this shop, e.g. /' }];
      throw new CodedError('invalid', 'validation-failed', 'There is no way back to returnTo.', { errors });
    }
    const elsewhere = otherLoopback(host, shop);
    if (elsewhere !== undefined) return `${elsewhere}/auth/login?${queryOf(wish)}`;
    const homes = tenants.homesAt(host, clients.homes);
    const found = homeOf(homes, { ...wish, remembered: home.read(visit) });
    if (found === undefined) return choiceOf(homes, wish);
    const { url, checks } = await found.client.begin(wish.email);
    const login = { ...checks, returnTo, issuer: found.name, endsAt: now() + LOGIN_SECONDS };
    await cookie.write(visit, login, LOGIN_SECONDS);
    return url;
  }

  /** Where to send the browser, signed in. @throws CodedError 401 `sign-in-failed`; 503 `identity-unavailable` */
  async complete(visit: Visit, query: string): Promise<string> {
    const { clients, home, cookie, sessions, now } = this.#parts;
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
    const { name } = clients.homes.find((one) => one.name === login.issuer) ?? clients.homes[0];
    await sessions.begin(visit, await clients.of(login.issuer).complete(query, login), clients.noted(name));
    if (clients.homes.length > 1) home.write(visit, name);
    return login.returnTo;
  }
}

/** @throws CodedError 400 `validation-failed` for the name of an issuer that is none */
function choiceOf(homes: readonly Home[], { issuer, email, returnTo }: Wish): Choice {
  if (issuer === undefined) return { homes, returnTo, ...(email !== undefined && { unknown: email }) };
  const names = homes.map(({ name }) => name).join(', ');
  const errors = [{ path: 'issuer', message: `one of ${names}` }];
  throw new CodedError('invalid', 'validation-failed', 'There is no such identity provider.', { errors });
}

function queryOf({ returnTo, issuer, email, choose }: Wish): URLSearchParams {
  const given = { issuer, email, ...(choose === true && { choose: 'true' }) };
  const said = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams([['returnTo', returnTo], ...said]);
}
