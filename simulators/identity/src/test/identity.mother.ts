import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { liveSettings, loadConfig } from '@souk/config';
import { serviceSettings } from '@souk/contracts';
import { createLogger } from '@souk/observability';
import { freePort, waitFor } from '@souk/testing';
import * as client from 'openid-client';
import { identityEnv } from '../config.js';
import { createIdentity, type Identity } from '../identity.js';
import { newKey } from '../keys/new-key.js';
import { listening } from '../management.js';
import { Browser } from './browser.js';

export const SECRET = 'the-secret-of-the-gateway';
export const CALLBACK = 'http://shop.localhost:8080/auth/callback';
export const AFTER_SIGN_OUT = 'http://shop.localhost:8080/';
/** Of the second application. */
export const OTHER_CALLBACK = 'http://shop.localhost:8080/office/callback';

/** A provider with a port, files and settings of its own, in this process. */
export class TestIdentity {
  readonly folder = mkdtempSync(join(tmpdir(), 'identity-'));
  readonly keysFile = join(this.folder, 'keys.json');
  readonly corporateKeysFile = join(this.folder, 'corporate-keys.json');
  readonly settingsFile = join(this.folder, 'settings.yaml');
  readonly logged: string[] = [];
  url = '';
  #identity: Identity | undefined;
  #port = 0;
  #variants = '';

  static async start(settings: object = {}, variants = ''): Promise<TestIdentity> {
    const test = new TestIdentity();
    test.#variants = variants;
    for (const file of [test.keysFile, test.corporateKeysFile])
      writeFileSync(file, JSON.stringify({ keys: [await newKey()] }));
    writeFileSync(test.settingsFile, JSON.stringify(settings));
    writeFileSync(join(test.folder, 'secret'), `${SECRET}\n`);
    test.#port = await freePort();
    test.url = `http://127.0.0.1:${test.#port}`;
    await test.begin();
    return test;
  }

  get corporateUrl(): string {
    return `${this.url}/corporate`;
  }

  /** Also after `end`: the same files, a memory of its own. */
  async begin(): Promise<void> {
    const config = loadConfig(identityEnv, this.env());
    const destination = { write: (line: string) => void this.logged.push(line) };
    const logger = createLogger({ name: 'identity', level: 'debug', destination });
    const settings = liveSettings(serviceSettings.identity, config.LIVE_SETTINGS_FILE, config.LIVE_SETTINGS_INSTANCE);
    this.#identity = createIdentity(config, { settings, logger });
    await listening(this.#identity.server, { host: '127.0.0.1', port: this.#port });
    // Connections to the one before it are still in the pool of fetch; as many at once as there may be.
    const ask = () => fetch(`${this.url}/jwks`).then((answer) => answer.text());
    await waitFor(() => Promise.all(Array.from({ length: 8 }, ask)), { what: 'live connections' });
  }

  /** Writes live settings and waits until they are in force. */
  async change(settings: object): Promise<void> {
    writeFileSync(this.settingsFile, JSON.stringify(settings));
    const wanted = JSON.stringify(settings);
    const inForce = () =>
      JSON.stringify((this.#identity?.followed()['settings'] as { values: object } | undefined)?.values);
    await waitFor(() => inForce() === wanted, { what: 'the settings to be in force' });
  }

  env(): Record<string, string> {
    return {
      HTTP_PORT: String(this.#port),
      MANAGEMENT_PORT: '0',
      IDENTITY_ISSUER: this.url,
      IDENTITY_KEYS_FILE: this.keysFile,
      IDENTITY_CORPORATE_ISSUER: this.corporateUrl,
      IDENTITY_CORPORATE_KEYS_FILE: this.corporateKeysFile,
      IDENTITY_OTHER_REDIRECT_URIS: OTHER_CALLBACK,
      IDENTITY_CLIENT_SECRET_FILE: join(this.folder, 'secret'),
      IDENTITY_REDIRECT_URIS: CALLBACK,
      IDENTITY_POST_LOGOUT_URIS: AFTER_SIGN_OUT,
      LIVE_SETTINGS_FILE: this.settingsFile,
      SOUK_VARIANTS: this.#variants,
    };
  }

  async end(): Promise<void> {
    this.#identity?.stop();
    this.#identity?.server.closeAllConnections();
    await new Promise((resolve) => this.#identity?.server.close(resolve));
  }

  async tidyUp(): Promise<void> {
    await this.end();
    rmSync(this.folder, { recursive: true });
  }

  /** The gateway's side of it, by a client that nobody here wrote. */
  gateway(secret = SECRET, issuer = this.url): Promise<client.Configuration> {
    const auth = client.ClientSecretBasic(secret);
    return client.discovery(new URL(issuer), 'souk-gateway', undefined, auth, {
      execute: [client.allowInsecureRequests],
    });
  }

  commandLine(): Promise<client.Configuration> {
    return client.discovery(new URL(this.url), 'souk-cli', undefined, client.None(), {
      execute: [client.allowInsecureRequests],
    });
  }

  corporate(): Promise<client.Configuration> {
    return this.gateway(SECRET, this.corporateUrl);
  }

  /** The second application, of one provider or the other. */
  office(issuer = this.url): Promise<client.Configuration> {
    return client.discovery(new URL(issuer), 'souk-back-office', undefined, client.None(), {
      execute: [client.allowInsecureRequests],
    });
  }

  knob(method: string, path: string, body?: unknown, provider = this.url): Promise<Response> {
    const init =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    return fetch(`${provider}/knobs${path}`, { method, ...init });
  }
}

export interface Begun {
  readonly url: URL;
  readonly checks: client.AuthorizationCodeGrantChecks;
}

/** What a client does before it sends a person to the provider. */
export async function beginSignIn(config: client.Configuration, more: Record<string, string> = {}): Promise<Begun> {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    ...more,
  });
  return { url, checks: { pkceCodeVerifier, expectedState, expectedNonce } };
}

/** The whole way of a person through the pages, and of the client after it. */
export async function signIn(config: client.Configuration, user: string, browser = new Browser()) {
  const { url, checks } = await beginSignIn(config);
  await browser.open(url);
  // Who is signed in at the provider comes back at once.
  if (browser.url.origin === url.origin) await browser.submit('/login', { user });
  return client.authorizationCodeGrant(config, browser.url, checks);
}
