import type { FactoryProvider } from '@nestjs/common';
import { remoteKeys } from '@souk/http';
import { WatchedFiles } from '@souk/service-kit';
import { type GatewayConfig, isOverTls } from '../config.js';
import { PublicTokens } from '../gatekeeper/public-tokens.js';
import { OidcClient } from './oidc-client.js';
import { Provider } from './provider.js';
import { SealedCookie } from './sealed-cookie.js';
import { followSecret } from './secret-file.js';
import { followSessionKeys, type SessionKeys } from './session-keys.js';
import { sessionContent, Sessions } from './sessions.js';
import { loginContent, SignIn } from './sign-in.js';

/** DI token of the keys that seal cookies; they may change at any time. */
abstract class SealingKeys {
  abstract readonly value: SessionKeys;
}

/** `now` in epoch seconds. */
export function identityProviders(config: GatewayConfig, now: () => number): FactoryProvider[] {
  const secure = isOverTls(config);
  return [
    { provide: Provider, useFactory: () => new Provider(config.OIDC_ISSUER, config.OIDC_URL) },
    {
      provide: PublicTokens,
      inject: [Provider],
      useFactory: (provider: Provider) => {
        const keys = remoteKeys(
          () => provider.keys(),
          () => now() * 1_000,
        );
        // A start before the provider is no fault; but keys that are known can outlive it.
        void keys.ready().catch(() => undefined);
        return new PublicTokens(config.OIDC_ISSUER, keys, now);
      },
    },
    {
      provide: OidcClient,
      inject: [Provider, WatchedFiles],
      useFactory: (provider: Provider, files: WatchedFiles) => {
        const secret = followSecret('oidc-client-secret', config.OIDC_CLIENT_SECRET_FILE);
        files.follow(secret, () => ({}));
        const { OIDC_CLIENT_ID: clientId, PUBLIC_URL: shop } = config;
        const uris = { redirectUri: `${shop}/auth/callback`, postLogoutUri: `${shop}/` };
        return new OidcClient(provider, { clientId, secret, ...uris });
      },
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
      inject: [SealingKeys, PublicTokens, OidcClient],
      useFactory: (keys: SealingKeys, tokens: PublicTokens, client: OidcClient) =>
        new Sessions(
          new SealedCookie({ name: 'souk-session', content: sessionContent, keys, secure }),
          tokens,
          client,
          now,
        ),
    },
    {
      provide: SignIn,
      inject: [SealingKeys, OidcClient, Sessions],
      useFactory: (keys: SealingKeys, client: OidcClient, sessions: Sessions) => {
        const cookie = new SealedCookie({ name: 'souk-login', content: loginContent, keys, secure });
        return new SignIn({ client, sessions, cookie, publicUrl: config.PUBLIC_URL, now });
      },
    },
  ];
}
