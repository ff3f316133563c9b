import type { Visit } from '../gatekeeper/visit.js';
import { cookieValue } from './sealed-cookie.js';

const HALF_A_YEAR = 180 * 24 * 3_600;
const NAME = /^[a-z][a-z0-9-]{0,19}$/;

/** Where somebody signed in the last time. No secret, so not sealed; whoever changes it is asked to sign in elsewhere. */
export class HomeCookie {
  readonly #name: string;
  readonly #attributes: string;

  constructor(secure: boolean) {
    this.#name = `${secure ? '__Host-' : ''}souk-home`;
    this.#attributes = `Path=/; Max-Age=${HALF_A_YEAR}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  }

  read({ request }: Visit): string | undefined {
    const value = cookieValue(request.headers.cookie, this.#name);
    return value !== undefined && NAME.test(value) ? value : undefined;
  }

  write({ reply }: Visit, issuer: string): void {
    void reply.header('set-cookie', `${this.#name}=${issuer}; ${this.#attributes}`);
  }
}
