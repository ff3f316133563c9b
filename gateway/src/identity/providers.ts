import type { FactoryProvider } from '@nestjs/common';
import { remoteKeys } from '@souk/http';
import { WatchedFiles } from '@souk/service-kit';
import type { GatewayConfig } from '../config.js';
import { isOverTls } from '../public-url.js';
import { tokenCheckOf } from '../gatekeeper/defences.js';
import { PublicTokens, type TrustedIssuer } from '../gatekeeper/public-tokens.js';
import { claimMapping } from './claim-mapping.js';
import { Clients, type Home } from './clients.js';
import { customerId } from './customer-id.js';
import { bySubjectAlone } from './customer-id.naive.js';
import { HomeCookie } from './home-cookie.js';
import type { Issuer } from './issuers.js';
import { OidcClient } from './oidc-client.js';
import { Provider } from './provider.js';
import { SealedCookie } from './sealed-cookie.js';
import { OPEN_FLAGS } from './sealed-cookie.naive.js';
import { followSecret } from './secret-file.js';
import { followSessionKeys, type SessionKeys } from './session-keys.js';
import { sessionContent, Sessions, signedOutContent } from './sessions.js';
import { loginContent, SignIn } from './sign-in.js';
import { Tenants } from './tenants.js';

/** DI token of the keys that seal cookies; they may change at any time. */
abstract class SealingKeys {
  abstract readonly value: SessionKeys;
}

/** `now` in epoch seconds. */
export function identityProviders(config: GatewayConfig, now: () => number): FactoryProvider[] {
  const open = config.SOUK_VARIANTS.includes('cookies-open') && { flags: OPEN_FLAGS };
  const sealing = { secure: isOverTls(config), ...open };
  const believed = config.issuers.map((issuer) => ({
    issuer,
    provider: new Provider(issuer.issuer, issuer.reachedAt),
  }));
  const names = config.issuers.map(({ name }) => name);
  const idOf = config.SOUK_VARIANTS.includes('issuers-mixed') ? bySubjectAlone : customerId;
  const trusted = ({ issuer, provider }: Believed): TrustedIssuer => {
    const keys = remoteKeys(
      () => provider.keys(),
      () => now() * 1_000,
    );
    // A start before the provider is no fault; but keys that are known can outlive it.
    void keys.ready().catch(() => undefined);
    const others = names.filter((name) => name !== issuer.name);
    return { issuer: issuer.issuer, keys, read: claimMapping(issuer, others, idOf) };
  };
  return [
    {
      provide: PublicTokens,
      useFactory: () => new PublicTokens(atLeastOne(believed.map(trusted)), now, tokenCheckOf(config.SOUK_VARIANTS)),
    },
    {
      provide: Clients,
      inject: [WatchedFiles],
      useFactory: (files: WatchedFiles) => new Clients(atLeastOne(believed.map((one) => homeOf(one, config, files)))),
    },
    {
      provide: SealingKeys,
      inject: [WatchedFiles],
      useFactory: (files: WatchedFiles) => {
        const keys = followSessionKeys(config.SESSION_KEY_FILE);
        files.follow(keys, (all) => ({ sealing: all[0].id, opening: all.map(({ id }) => id) }));
        return keys;
      },
    },
    {
      provide: Sessions,
      inject: [SealingKeys, PublicTokens, Clients],
      useFactory: (keys: SealingKeys, tokens: PublicTokens, clients: Clients) =>
        new Sessions({
          cookie: new SealedCookie({ name: 'souk-session', content: sessionContent, keys, ...sealing }),
          signedOut: new SealedCookie({ name: 'souk-signed-out', content: signedOutContent, keys, ...sealing }),
          tokens,
          clients,
          tenants: tenantsOf(config),
          now,
        }),
    },
    {
      provide: SignIn,
      inject: [SealingKeys, Clients, Sessions],
      useFactory: (keys: SealingKeys, clients: Clients, sessions: Sessions) => {
        const cookie = new SealedCookie({ name: 'souk-login', content: loginContent, keys, ...sealing });
        const home = new HomeCookie(sealing.secure);
        return new SignIn({ clients, sessions, cookie, home, tenants: tenantsOf(config), now });
      },
    },
  ];
}

interface Believed {
  readonly issuer: Issuer;
  readonly provider: Provider;
}

export const tenantsOf = ({ issuers, PUBLIC_URL }: Pick<GatewayConfig, 'issuers' | 'PUBLIC_URL'>): Tenants =>
  new Tenants(issuers, PUBLIC_URL);

function homeOf({ issuer, provider }: Believed, { PUBLIC_URL }: GatewayConfig, files: WatchedFiles): Home {
  const { name, label, domains, clientId, clientSecretFile, shop = PUBLIC_URL } = issuer;
  const secret = followSecret(`oidc-client-secret-${name}`, clientSecretFile);
  files.follow(secret, () => ({}));
  const uris = { redirectUri: `${shop}/auth/callback`, postLogoutUri: `${shop}/` };
  return {
    name,
    label,
    domains,
    issuer: issuer.issuer,
    client: new OidcClient(provider, { clientId, secret, ...uris }),
  };
}

/** config.ts knows no gateway without an issuer. */
function atLeastOne<T>([first, ...others]: readonly T[]): readonly [T, ...T[]] {
  if (first === undefined) throw new Error('There is no issuer.');
  return [first, ...others];
}
