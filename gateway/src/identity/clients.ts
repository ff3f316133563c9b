import { CodedError } from '@souk/http';
import type { OidcClient } from './oidc-client.js';
import type { Realm } from './home-realm.js';

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

  /** @throws CodedError 401 `session-ended` for one that is not believed any more */
  of(name: string | undefined): OidcClient {
    const home = name === undefined ? this.homes[0] : this.homes.find((one) => one.name === name);
    if (home !== undefined) return home.client;
    throw new CodedError('unauthenticated', 'session-ended', 'You are signed out; sign in again.');
  }
}
