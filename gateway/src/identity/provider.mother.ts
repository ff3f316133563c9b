import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { aToken, ISSUER, type Keys } from '../keys.mother.js';

export const CLIENT = { id: 'souk-gateway', secret: 'client-secret-of-the-test' };

interface Grant {
  readonly user: string;
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
}
type Answer = { readonly status: number; readonly body: unknown };

/** A small OpenID provider with faults to order: as strict as one has to be about codes, secrets and PKCE. */
export class FakeProvider {
  roles: readonly string[] = ['customer'];
  tokenSeconds = 600;
  /** Refresh tokens are good once and bring the next one; else one is good for all renewals, and no other is given. */
  rotates = true;
  givesRefreshTokens = true;
  removed = new Set<string>();
  /** In place of an answer of the token endpoint. */
  fault: Answer | undefined;
  /** Overrides claims of the next ID tokens. */
  idClaims: Record<string, unknown> = {};
  accessAudience: string | undefined;
  /** Makes access tokens this much longer. */
  padding = 0;
  readonly seen: { path: string; body: string }[] = [];
  /** Of the next access tokens, in place of its roles. */
  accessClaims: Record<string, unknown> | undefined;
  keys: Keys;
  readonly issuer: string;
  /** How it names its own endpoints. */
  baseUrl: string;
  readonly #codes = new Map<string, Grant>();
  readonly #refreshTokens = new Map<string, Grant>();
  #server: Server | undefined;

  constructor(keys: Keys, issuer = ISSUER) {
    this.keys = keys;
    this.issuer = issuer;
    this.baseUrl = issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server?.address() as AddressInfo | undefined)?.port}`;
  }

  async start(port = 0): Promise<this> {
    this.#server = createServer((request, response) => void this.#take(request, response));
    await new Promise<void>((resolve) => this.#server?.listen(port, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve) ?? resolve(undefined));
  }

  /** What a browser comes back with when this user signs in at the address it was sent to. */
  authorize(url: string, user = 'alice'): URL {
    const query = new URL(url).searchParams;
    const of = (name: string): string => query.get(name) ?? '';
    if (of('client_id') !== CLIENT.id || of('code_challenge_method') !== 'S256')
      throw new Error(`not a sign-in: ${url}`);
    const code = randomUUID();
    const [nonce, challenge, redirectUri] = [of('nonce'), of('code_challenge'), of('redirect_uri')];
    this.#codes.set(code, { user, nonce, challenge, redirectUri });
    const back = new URL(redirectUri);
    back.search = new URLSearchParams({ code, state: of('state'), iss: this.issuer }).toString();
    return back;
  }

  asked(path: string): number {
    return this.seen.filter((one) => one.path === path).length;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [path = '', body] = [request.url, Buffer.concat(chunks).toString()];
    this.seen.push({ path, body });
    const { status, body: answer } = await this.#answer(path, request.headers.authorization, new URLSearchParams(body));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  async #answer(path: string, authorization: string | undefined, form: URLSearchParams): Promise<Answer> {
    if (path === '/.well-known/openid-configuration') return { status: 200, body: this.#discovery() };
    if (path === '/jwks') return { status: 200, body: { keys: [this.keys.publicJwk] } };
    if (this.fault !== undefined) return this.fault;
    // RFC 6749 §2.3.1: both halves are form-encoded first.
    const basic = Buffer.from(authorization?.slice('Basic '.length) ?? '', 'base64').toString();
    if (basic.split(':').map(decodeURIComponent).join(':') !== `${CLIENT.id}:${CLIENT.secret}`)
      return { status: 401, body: { error: 'invalid_client' } };
    if (path === '/token') return this.#tokens(form);
    if (path === '/revoke') this.#refreshTokens.delete(form.get('token') ?? '');
    return { status: 200, body: {} };
  }

  async #tokens(form: URLSearchParams): Promise<Answer> {
    const refused = { status: 400, body: { error: 'invalid_grant' } };
    const isCode = form.get('grant_type') === 'authorization_code';
    const [store, key] = isCode
      ? [this.#codes, form.get('code') ?? '']
      : [this.#refreshTokens, form.get('refresh_token') ?? ''];
    const grant = store.get(key);
    if (isCode || this.rotates) store.delete(key);
    if (grant === undefined || this.removed.has(grant.user)) return refused;
    const shown = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (isCode && (shown !== grant.challenge || form.get('redirect_uri') !== grant.redirectUri)) return refused;
    return { status: 200, body: await this.#granted(grant, isCode || this.rotates ? randomUUID() : undefined) };
  }

  async #granted(grant: Grant, refreshToken: string | undefined): Promise<object> {
    const { roles, tokenSeconds: expiresIn, accessAudience: audience } = this;
    if (refreshToken !== undefined) this.#refreshTokens.set(refreshToken, grant);
    const padding = { groups: 'x'.repeat(this.padding) };
    const said = { ...padding, ...(this.accessClaims && { roles: undefined, ...this.accessClaims }) };
    const { issuer } = this;
    const access = { issuer, sub: grant.user, roles, expiresIn, claims: said, ...(audience && { audience }) };
    const claims = { nonce: grant.nonce, ...this.idClaims };
    return {
      token_type: 'Bearer',
      expires_in: expiresIn,
      access_token: await aToken(this.keys, access),
      id_token: await aToken(this.keys, { issuer, sub: grant.user, audience: CLIENT.id, claims }),
      ...(this.givesRefreshTokens && refreshToken !== undefined && { refresh_token: refreshToken }),
    };
  }

  #discovery(): object {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.baseUrl}/authorize`,
      token_endpoint: `${this.baseUrl}/token`,
      jwks_uri: `${this.baseUrl}/jwks`,
      revocation_endpoint: `${this.baseUrl}/revoke`,
      end_session_endpoint: `${this.baseUrl}/end`,
      id_token_signing_alg_values_supported: ['ES256'],
      authorization_response_iss_parameter_supported: true,
    };
  }
}
