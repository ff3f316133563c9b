import type { ClientMetadata } from 'oidc-provider';

export interface ClientOptions {
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutUris: readonly string[];
  /** Of another application, where there is one. */
  readonly otherRedirectUris: readonly string[];
}

export const CLI_CLIENT = 'souk-cli';
export const GATEWAY_CLIENT = 'souk-gateway';
/** A second application, for which nobody is asked a second time. */
export const OTHER_CLIENT = 'souk-back-office';
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** The gateway for people with a browser, the command line for people without. */
export function clients({
  clientSecret,
  redirectUris,
  postLogoutUris,
  otherRedirectUris,
}: ClientOptions): ClientMetadata[] {
  return [
    {
      client_id: GATEWAY_CLIENT,
      client_name: 'Souk',
      client_secret: clientSecret,
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [...redirectUris],
      post_logout_redirect_uris: [...postLogoutUris],
    },
    {
      client_id: CLI_CLIENT,
      client_name: 'Souk command line',
      token_endpoint_auth_method: 'none',
      grant_types: [DEVICE_GRANT, 'refresh_token'],
      response_types: [],
      redirect_uris: [],
    },
    ...(otherRedirectUris.length === 0 ? [] : [otherClient(otherRedirectUris)]),
  ];
}

const otherClient = (redirectUris: readonly string[]): ClientMetadata => ({
  client_id: OTHER_CLIENT,
  client_name: 'Souk back office',
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code'],
  redirect_uris: [...redirectUris],
});
