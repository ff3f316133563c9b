import { PUBLIC_AUDIENCE } from '@souk/contracts';
import { type Configuration, errors, Provider } from 'oidc-provider';
import type { Directory } from './directory.js';
import type { PrivateKey } from '../keys/key-file.js';
import { accountOf, signInPolicy } from './accounts.js';
import { clients, type ClientOptions } from './clients.js';
import { approveDevices } from './device-approval.js';
import { grantEverything, RESOURCE, SCOPES } from './grants.js';
import { pageSources } from './page-sources.js';
import type { Store } from './store.js';

const DAY = 24 * 60 * 60;
const SESSION_SECONDS = 14 * DAY;

export interface ProviderOptions extends ClientOptions {
  readonly issuer: string;
  /** The first signs, all are published. */
  readonly keys: readonly PrivateKey[];
  readonly cookieKeys: readonly string[];
  readonly store: Store;
  readonly people: Directory;
  readonly tokenSeconds: () => number;
  readonly autoApprove: () => boolean;
  /** Tokens tell nothing but an id, as those of some providers do. */
  readonly isOpaque: () => boolean;
}

/** OpenID Connect by oidc-provider: code flow with PKCE, device flow, refresh, sign-out. Cheap to make anew, as a change of keys needs. */
export function createProvider(options: ProviderOptions): Provider {
  const { issuer, people, autoApprove } = options;
  const provider = new Provider(issuer, configuration(options));
  // The server in front sets x-forwarded-proto itself, from the issuer.
  provider.proxy = true;
  // Koa would print what `server_error` reports already.
  provider.silent = true;
  provider.use(approveDevices({ people, isOn: autoApprove }));
  return provider;
}

function configuration(options: ProviderOptions): Configuration {
  const { issuer, keys, cookieKeys, store, people, tokenSeconds, isOpaque } = options;
  // Browsers keep one jar for all providers of a host.
  const names = cookieNames(people.kind.name);
  const base = new URL(issuer).pathname.replace(/\/$/, '');
  return {
    adapter: store.adapter,
    clients: clients(options),
    jwks: { keys: keys.map((key) => ({ ...key, alg: 'ES256', use: 'sig' })) },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    cookies: { keys: cookieKeys, names, long: COOKIE, short: COOKIE },
    // Its clients are processes; a web page of whatever origin has no business here.
    clientBasedCORS: () => false,
    pkce: { required: () => true },
    scopes: [...SCOPES],
    claims: { openid: ['sub', 'roles', 'groups', 'email', 'email_verified', 'preferred_username'] },
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'none'],
    findAccount: (_ctx, subject) => accountOf(people, subject, isOpaque()),
    loadExistingGrant: grantEverything,
    extraTokenClaims: (_ctx, token) => {
      const user = 'accountId' in token && !isOpaque() ? people.find(String(token.accountId)) : undefined;
      return user === undefined ? undefined : { ...people.kind.claimsOf(user) };
    },
    // offline_access means consent by its standard, and there is nothing to consent to here.
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    interactions: { policy: signInPolicy(people), url: (_ctx, { uid }) => `${base}/interaction/${uid}` },
    renderError: pageSources.renderError,
    features: features(options),
    ttl: {
      AccessToken: tokenSeconds,
      IdToken: tokenSeconds,
      AuthorizationCode: 60,
      DeviceCode: 600,
      Interaction: 3_600,
      Session: SESSION_SECONDS,
      Grant: SESSION_SECONDS,
      RefreshToken: SESSION_SECONDS,
    },
  };
}

const cookieNames = (kind: string): { session: string; interaction: string; resume: string } => ({
  session: `souk-${kind}-session`,
  interaction: `souk-${kind}-interaction`,
  resume: `souk-${kind}-resume`,
});
const COOKIE = { httpOnly: true, sameSite: 'lax', signed: true } as const;

function features({ tokenSeconds }: ProviderOptions): Configuration['features'] {
  return {
    devInteractions: { enabled: false },
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    // Everything about a person is in the tokens.
    userinfo: { enabled: false },
    revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
    rpInitiatedLogout: { enabled: true, ...pageSources.signOut },
    deviceFlow: { enabled: true, ...pageSources.device },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      getResourceServerInfo: (_ctx, resource) => {
        if (resource !== RESOURCE) throw new errors.InvalidTarget();
        return {
          scope: '',
          audience: PUBLIC_AUDIENCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: tokenSeconds(),
          jwt: { sign: { alg: 'ES256' } },
        };
      },
    },
  };
}
