import { CodedError } from '@souk/http';
import type { Configuration } from 'openid-client';
import type { Provider } from './provider.js';

const TIMEOUT_SECONDS = 5;
/** With `offline_access` a provider would keep the grant after its session ended; ours ends with it. */
const SCOPE = 'openid';

/** What binds a callback to the browser that began. */
export interface Checks {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface Tokens {
  readonly accessToken: string;
  /** A provider that gives none lets the session end with the access token. */
  readonly refreshToken: string | undefined;
}

export interface ClientOptions {
  readonly clientId: string;
  /** May change at any time. */
  readonly secret: { readonly value: string };
  readonly redirectUri: string;
  readonly postLogoutUri: string;
}

/** The confidential client at the OpenID provider: code flow with PKCE (S256), state and nonce; secret by HTTP Basic. */
export class OidcClient {
  readonly #provider: Provider;
  readonly #options: ClientOptions;
  #configured: Promise<Configuration> | undefined;

  constructor(provider: Provider, options: ClientOptions) {
    this.#provider = provider;
    this.#options = options;
  }

  /** Where to send the browser, and what to remember for the way back; `email` is what the person said to be. @throws CodedError 503 `identity-unavailable` */
  async begin(email?: string): Promise<{ url: string; checks: Checks }> {
    const oidc = await import('openid-client');
    const configuration = await this.#configuration();
    const checks = {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier: oidc.randomPKCECodeVerifier(),
    };
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#options.redirectUri,
      scope: SCOPE,
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(checks.verifier),
      code_challenge_method: 'S256',
      ...(email !== undefined && { login_hint: email }),
    });
    return { url: url.href, checks };
  }

  /**
   * Tokens for the code of a callback with this query (`code=…&state=…`).
   * @throws CodedError 401 `sign-in-failed`; 503 `identity-unavailable`
   */
  async complete(query: string, { state, nonce, verifier }: Checks): Promise<Tokens> {
    const url = new URL(this.#options.redirectUri);
    url.search = query;
    const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
    return this.#asking('sign-in-failed', 'The sign-in was not completed; begin again.', async (oidc, configuration) =>
      tokensOf(await oidc.authorizationCodeGrant(configuration, url, checks)),
    );
  }

  /** @throws CodedError 401 `session-ended` when the provider refuses; 503 `identity-unavailable` */
  async refresh(refreshToken: string): Promise<Tokens> {
    return this.#asking('session-ended', 'You are signed out; sign in again.', async (oidc, configuration) => {
      const fresh = tokensOf(await oidc.refreshTokenGrant(configuration, refreshToken));
      return { ...fresh, refreshToken: fresh.refreshToken ?? refreshToken };
    });
  }

  /** Makes the refresh token useless, where the provider can do that. @throws CodedError 503 `identity-unavailable` */
  async revoke(refreshToken: string): Promise<void> {
    if ((await this.#provider.metadata()).revocation_endpoint === undefined) return;
    await this.#asking('session-ended', 'The provider does not know the session.', (oidc, configuration) =>
      oidc.tokenRevocation(configuration, refreshToken),
    );
  }

  /** Where the browser ends the session at the provider too; undefined when the provider has no such page. */
  async endSessionUrl(): Promise<string | undefined> {
    if ((await this.#provider.metadata()).end_session_endpoint === undefined) return undefined;
    const oidc = await import('openid-client');
    const parameters = { post_logout_redirect_uri: this.#options.postLogoutUri };
    return oidc.buildEndSessionUrl(await this.#configuration(), parameters).href;
  }

  /** Made once; a failure is forgotten, so that the next call tries again. */
  #configuration(): Promise<Configuration> {
    this.#configured ??= this.#configure().catch((error: unknown) => {
      this.#configured = undefined;
      throw error;
    });
    return this.#configured;
  }

  async #configure(): Promise<Configuration> {
    const [oidc, metadata] = [await import('openid-client'), await this.#provider.metadata()];
    const authentication: import('openid-client').ClientAuth = (...call) =>
      oidc.ClientSecretBasic(this.#options.secret.value)(...call);
    const configuration = new oidc.Configuration(metadata, this.#options.clientId, {}, authentication);
    configuration.timeout = TIMEOUT_SECONDS;
    configuration[oidc.customFetch] = (url, options) => fetch(this.#provider.inside(url), options as RequestInit);
    // For the simulator; production mode takes https addresses only (config.ts).
    oidc.allowInsecureRequests(configuration);
    return configuration;
  }

  /** What the provider or a check refuses gets the code; whatever else goes wrong says nothing about the caller and is 503. */
  async #asking<T>(
    code: keyof typeof REFUSALS,
    message: string,
    ask: (oidc: typeof import('openid-client'), configuration: Configuration) => Promise<T>,
  ): Promise<T> {
    const oidc = await import('openid-client');
    const configuration = await this.#configuration();
    try {
      return await ask(oidc, configuration);
    } catch (cause) {
      throw REFUSALS[code].has(reasonOf(cause))
        ? new CodedError('unauthenticated', code, message, { cause })
        : new CodedError('unavailable', 'identity-unavailable', 'The identity provider cannot answer now.', {
            retryAfterSeconds: 1,
            cause,
          });
    }
  }
}

/** By the `error` of the protocol, or the code of the check that failed. */
const REFUSALS = {
  'session-ended': new Set(['invalid_grant']),
  'sign-in-failed': new Set([
    'invalid_grant',
    'OAUTH_AUTHORIZATION_RESPONSE_ERROR',
    'OAUTH_INVALID_REQUEST',
    'OAUTH_INVALID_RESPONSE',
    'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
    'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
    'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  ]),
} as const satisfies Record<string, ReadonlySet<string>>;

function reasonOf(error: unknown): string {
  const { code, error: told } = error as { code?: unknown; error?: unknown };
  return code === 'OAUTH_RESPONSE_BODY_ERROR' ? String(told) : String(code);
}

const tokensOf = ({ access_token, refresh_token }: { access_token: string; refresh_token?: string }): Tokens => ({
  accessToken: access_token,
  refreshToken: refresh_token,
});
