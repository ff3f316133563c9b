import { SignJWT } from 'jose';
import type { SigningKeys } from '../offloading/key-files.js';

export const PASS_HEADER = 'x-souk-pass';
export const PASS_ISSUER = 'souk-gatekeeper';
/** The gateway and nobody else: a service takes no pass for anything. */
export const PASS_AUDIENCE = 'souk-gateway';
const LIFETIME_SECONDS = 60;

/**
 * Pattern: Gatekeeper. What the gatekeeper shows inwards: that a request came through it, for a minute, at one door. It says nothing of
 * the caller, and opens nothing else.
 */
export class Passes {
  readonly #keys: { readonly value: SigningKeys };
  readonly #now: () => number;
  #pass: { readonly kid: string; readonly text: string; readonly renewAt: number } | undefined;
  #signing: Promise<string> | undefined;

  /** `keys` may change at any time; `now` gives epoch seconds. */
  constructor(keys: { readonly value: SigningKeys }, now: () => number) {
    this.#keys = keys;
    this.#now = now;
  }

  /** Half of them are good for half a minute still: none ends on its way. */
  current(): string | Promise<string> {
    const pass = this.#pass;
    if (pass !== undefined && pass.kid === this.#keys.value.kid && this.#now() < pass.renewAt) return pass.text;
    this.#signing ??= this.#sign().finally(() => (this.#signing = undefined));
    return this.#signing;
  }

  async #sign(): Promise<string> {
    const { kid, signing } = this.#keys.value;
    const now = this.#now();
    const text = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(PASS_ISSUER)
      .setAudience(PASS_AUDIENCE)
      .setIssuedAt(now)
      .setExpirationTime(now + LIFETIME_SECONDS)
      .sign(signing);
    this.#pass = { kid, text, renewAt: now + LIFETIME_SECONDS / 2 };
    return text;
  }
}
