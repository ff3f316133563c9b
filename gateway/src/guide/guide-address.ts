import type { GatewayConfig } from '../config.js';
import { LOOPBACK } from '../identity/return-to.js';

/** What the guide calls the shop: its public address, or in development the name and port of this machine by which somebody came. */
export class GuideAddress {
  readonly #config: Pick<GatewayConfig, 'PUBLIC_URL' | 'SOUK_MODE'>;

  constructor(config: Pick<GatewayConfig, 'PUBLIC_URL' | 'SOUK_MODE'>) {
    this.#config = config;
  }

  /** `host` is a header, which anybody can write. */
  of(host: string | undefined): string {
    const asked = this.#config.SOUK_MODE === 'production' ? null : URL.parse(`http://${host}`);
    return asked !== null && LOOPBACK.has(asked.hostname) ? asked.origin : this.#config.PUBLIC_URL;
  }
}
