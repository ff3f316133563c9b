import { CompactEncrypt, compactDecrypt } from 'jose';
import type { z } from 'zod';
import type { Visit } from '../gatekeeper/visit.js';
import type { SessionKeys } from './session-keys.js';

/** Browsers drop a cookie whose name and value are longer. */
const MAX_BYTES = 4_096;

export interface CookieOptions<T> {
  readonly name: string;
  readonly content: z.ZodType<T>;
  /** May change at any time. */
  readonly keys: { readonly value: SessionKeys };
  /** Sent over https only; its name then has the prefix __Host-, so that no other host of the domain can set one. */
  readonly secure: boolean;
  readonly flags?: string;
}

/** Lax: sent along when a link or the provider leads here, never with the forms and scripts of other sites. */
const FLAGS = 'HttpOnly; SameSite=Lax';

/** A cookie that its browser can neither read nor make (JWE, dir, A256GCM): one that was touched counts as none. */
export class SealedCookie<T> {
  readonly #options: CookieOptions<T>;
  readonly #name: string;

  constructor(options: CookieOptions<T>) {
    this.#options = options;
    this.#name = `${options.secure ? '__Host-' : ''}${options.name}`;
  }

  /** Whether the browser sent one, good or not. */
  isIn({ request }: Visit): boolean {
    return cookieValue(request.headers.cookie, this.#name) !== undefined;
  }

  /** What it holds; undefined when it is not there, not ours, or sealed with a key that has gone. */
  async read({ request }: Visit): Promise<T | undefined> {
    const value = cookieValue(request.headers.cookie, this.#name);
    if (value === undefined || value.length > MAX_BYTES) return undefined;
    try {
      const { plaintext, protectedHeader } = await compactDecrypt(value, ({ kid }) => this.#secretOf(kid), {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      // One key seals all kinds; none passes for another.
      if (protectedHeader.typ !== this.#options.name) return undefined;
      return this.#options.content.parse(JSON.parse(new TextDecoder().decode(plaintext)));
    } catch {
      return undefined;
    }
  }

  /** @throws Error when no browser would keep it */
  async write({ reply }: Visit, content: T, maxAgeSeconds: number): Promise<void> {
    const [key] = this.#options.keys.value;
    const sealed = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(content)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: key.id, typ: this.#options.name })
      .encrypt(key.secret);
    if (this.#name.length + sealed.length > MAX_BYTES) {
      throw new Error(`the tokens of the provider do not fit into the cookie ${this.#name}`);
    }
    void reply.header('set-cookie', this.#attributes(sealed, maxAgeSeconds));
  }

  clear({ reply }: Visit): void {
    void reply.header('set-cookie', this.#attributes('', 0));
  }

  #attributes(value: string, maxAgeSeconds: number): string {
    const { secure: isSecure, flags = FLAGS } = this.#options;
    const secure = isSecure ? '; Secure' : '';
    return `${this.#name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; ${flags}${secure}`;
  }

  #secretOf(kid: string | undefined): Uint8Array {
    const key = this.#options.keys.value.find(({ id }) => id === kid);
    if (key === undefined) throw new Error('sealed with a key that is not known');
    return key.secret;
  }
}

export function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
