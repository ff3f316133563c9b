import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INTERNAL_AUDIENCE, INTERNAL_ISSUER, PUBLIC_AUDIENCE } from '@souk/contracts';
import { CompactSign, importJWK, type JWK, type JWTHeaderParameters } from 'jose';
import type { Instance } from '../../../tools/cli/src/instance.ts';
import { KEY_FILES } from '../../../tools/cli/src/secrets.ts';
import { serviceUrl } from '../../../tools/cli/src/shop-processes.ts';

export interface TokenWish {
  /** Take the place of what a good token says; `undefined` leaves a claim out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** What is signed, made of the JSON that a good token has: as text, because no object has a name twice. */
  readonly text?: (json: string) => string;
  readonly header?: Partial<JWTHeaderParameters> & Readonly<Record<string, unknown>>;
}

interface Line {
  readonly key: JWK;
  readonly issuer: string;
  readonly audience: string;
}

const LIFETIME_SECONDS = 240;
const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

/** Tokens made with the shop's own keys: by them alone one sees that it looks at more than the signature. */
export class Tokens {
  readonly #outside: Line;
  readonly #inside: Line;

  constructor(instance: Instance) {
    const read = (name: string): unknown => JSON.parse(readFileSync(join(instance.secretsDir, name), 'utf8'));
    const issuer = serviceUrl(instance, 'identity').replace('127.0.0.1', 'localhost');
    this.#outside = { key: signingKey(read(KEY_FILES.identityKeys)), issuer, audience: PUBLIC_AUDIENCE };
    const inside = signingKey(read(KEY_FILES.internalSigning));
    this.#inside = { key: inside, issuer: INTERNAL_ISSUER, audience: INTERNAL_AUDIENCE };
  }

  /** What the gateway takes: of a customer, unless roles say otherwise. */
  user(sub: string, roles: readonly string[] = ['customer']): Promise<string> {
    return this.public({ claims: { sub, roles } });
  }

  admin(): Promise<string> {
    return this.user('admin', ['customer', 'admin']);
  }

  /** Was good until a minute ago. */
  expired(sub: string, roles: readonly string[] = ['customer']): Promise<string> {
    return this.public({ claims: { sub, roles, iat: nowSeconds() - 660, exp: nowSeconds() - 60 } });
  }

  /** As the identity provider signs it. */
  public(wish: TokenWish = {}): Promise<string> {
    return signed(this.#outside, { jti: randomUUID(), sub: 'alice', roles: ['customer'] }, wish);
  }

  /** As the gateway signs it for the services. */
  internal(sub: string, roles: readonly string[] = ['customer'], wish: TokenWish = {}): Promise<string> {
    return signed(this.#inside, { sub, roles }, wish);
  }

  /** Public halves, as both publish them. */
  get publicKeys(): { readonly outside: JWK; readonly inside: JWK } {
    return { outside: publicHalf(this.#outside.key), inside: publicHalf(this.#inside.key) };
  }

  get issuer(): string {
    return this.#outside.issuer;
  }
}

async function signed({ key, issuer, audience }: Line, own: Record<string, unknown>, wish: TokenWish): Promise<string> {
  const now = nowSeconds();
  const claims = { iss: issuer, aud: audience, iat: now, exp: now + LIFETIME_SECONDS, ...own, ...wish.claims };
  const header = { alg: 'ES256', ...(key.kid !== undefined && { kid: key.kid }), ...wish.header };
  const { text = (json) => json } = wish;
  return new CompactSign(Buffer.from(text(JSON.stringify(claims))))
    .setProtectedHeader(header)
    .sign(await importJWK(key, 'ES256'));
}

/** A file holds one key, or a set of them with the signing one first. */
function signingKey(file: unknown): JWK {
  const set = file as { readonly keys?: readonly JWK[] };
  return set.keys === undefined ? (file as JWK) : (set.keys[0] ?? {});
}

const publicHalf = ({ kty, crv, x, y, kid }: JWK): JWK => ({ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }) as JWK;

export const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });
