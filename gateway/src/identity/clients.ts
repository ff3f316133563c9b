import { CodedError } from '@souk/http';
import type { OidcClient } from './oidc-client.js';
import type { Realm } from './home-realm.js';
import { ONLY_ISSUER } from './issuers.js';

/** Where people can sign in, and the client that the gateway is there. */
export interface Home extends Realm {
  readonly client: OidcClient;
}

/** All of them; the first is meant where no name is known, as in sessions from before there were several. */
export class Clients {
  readonly homes: readonly [Home, ...Home[]];

  constructor(homes: readonly [Home, ...Home[]]) {
    this.homes = homes;
  }

  /** What a session is to remember of the issuer that it began with: no name while there is only one, which may get another one. */
  noted(name: string): string | undefined {
    return this.homes.length > 1 ? name : undefined;
  }

  /** @throws CodedError 401 `session-ended` for one that is not believed any more */
  of(name: string | undefined): OidcClient {
    const isFirst = name === undefined || name === ONLY_ISSUER;
    const home = this.homes.find((one) => one.name === name) ?? (isFirst ? this.homes[0] : undefined);
    if (home !== undefined) return home.client;
    throw new CodedError('unauthenticated', 'session-ended', 'You are signed out; sign in again.');
  }
}
