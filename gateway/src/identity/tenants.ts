import type { Issuer } from './issuers.js';

type Bound = Pick<Issuer, 'name' | 'shop'>;

/**
 * Pattern: Federated Identity. A tenant has an address of the shop for itself, and a provider that it has bound to it: there its people come
 * in and nobody else, and they come in nowhere else. What a caller writes into `Host` can only choose which of the two questions is asked.
 */
export class Tenants {
  readonly #byHost: ReadonlyMap<string, { readonly name: string; readonly shop: string }>;
  readonly #names: ReadonlySet<string>;
  readonly #publicUrl: string;
  readonly #usualPort: string;

  /** `publicUrl` is the address of everybody else. */
  constructor(issuers: readonly Bound[], publicUrl: string) {
    const bound = issuers.flatMap(({ name, shop }) => (shop === undefined ? [] : [{ name, shop }]));
    this.#byHost = new Map(bound.map((one) => [new URL(one.shop).host, one]));
    this.#names = new Set(bound.map(({ name }) => name));
    this.#publicUrl = publicUrl;
    this.#usualPort = publicUrl.startsWith('https:') ? ':443' : ':80';
  }

  /** Whether people of this issuer, by its name, may come in by this Host header. */
  admits(host: string | undefined, issuer: string | undefined): boolean {
    if (this.#byHost.size === 0 || issuer === undefined) return true;
    const tenant = this.#at(host);
    return tenant === undefined ? !this.#names.has(issuer) : tenant.name === issuer;
  }

  /** Where one can sign in by this Host header. */
  homesAt<T extends Pick<Issuer, 'name'>>(host: string | undefined, homes: readonly T[]): readonly T[] {
    return homes.filter(({ name }) => this.admits(host, name));
  }

  /** The address of the shop that this Host header names. */
  addressAt(host: string | undefined): string {
    return this.#at(host)?.shop ?? this.#publicUrl;
  }

  #at(host: string | undefined): { readonly name: string; readonly shop: string } | undefined {
    if (this.#byHost.size === 0) return undefined;
    const named = host?.toLowerCase() ?? '';
    // As addresses are written, without the port that the protocol has anyway.
    return this.#byHost.get(named.endsWith(this.#usualPort) ? named.slice(0, -this.#usualPort.length) : named);
  }
}
