import { CodedError, fetchPublished } from '@souk/http';
import { z } from 'zod';

/** The parts that sign-in needs; OpenID Connect Discovery 1.0 has the rest. */
const discoveryDocument = z
  .object({
    issuer: z.string(),
    authorization_endpoint: z.url(),
    token_endpoint: z.url(),
    jwks_uri: z.url(),
    end_session_endpoint: z.url().optional(),
    revocation_endpoint: z.url().optional(),
  })
  .catchall(z.json());
export type ProviderMetadata = z.infer<typeof discoveryDocument>;

/** Where browsers go; all other endpoints are called from here. */
const FOR_BROWSERS = ['authorization_endpoint', 'end_session_endpoint'] as const;

/** Endpoints and keys of the OpenID provider, learned when first needed: the gateway starts and works without it. */
export class Provider {
  readonly issuer: string;
  readonly #reachedAt: string;
  #known: ProviderMetadata | undefined;
  #learning: Promise<ProviderMetadata> | undefined;

  /** `reachedAt`: the issuer as it is reached from here, where that is another address than browsers use. */
  constructor(issuer: string, reachedAt: string = issuer) {
    this.issuer = issuer;
    this.#reachedAt = reachedAt;
  }

  /** @throws CodedError 503 `identity-unavailable`; it is tried again with the next call */
  async metadata(): Promise<ProviderMetadata> {
    if (this.#known !== undefined) return this.#known;
    this.#learning ??= this.#learn().finally(() => (this.#learning = undefined));
    return this.#learning;
  }

  /** The key set (JWKS) with which the provider signs. @throws CodedError 503 `identity-unavailable` */
  async keys(): Promise<unknown> {
    return fetchPublished(this.inside((await this.metadata()).jwks_uri));
  }

  /** An address of the provider as it is reached from here. */
  inside(url: string): string {
    return moved(url, this.issuer, this.#reachedAt);
  }

  async #learn(): Promise<ProviderMetadata> {
    const found = await fetchPublished(`${trimmed(this.#reachedAt)}/.well-known/openid-configuration`);
    const read = discoveryDocument.safeParse(found);
    // RFC 8414 §3.3: metadata of another issuer is not to be used.
    if (!read.success || read.data.issuer !== this.issuer) {
      throw new CodedError('unavailable', 'identity-unavailable', `The provider does not speak as ${this.issuer}.`, {
        cause: read.error,
      });
    }
    const metadata = { ...read.data };
    for (const name of FOR_BROWSERS) {
      const url = metadata[name];
      if (url !== undefined) metadata[name] = moved(url, this.#reachedAt, this.issuer);
    }
    return (this.#known = metadata);
  }
}

const trimmed = (url: string): string => url.replace(/\/$/, '');

/** A provider names its endpoints by the address it was asked at, or always by its issuer; this is right for both. */
function moved(url: string, from: string, to: string): string {
  const base = trimmed(from);
  return url === base || url.startsWith(`${base}/`) ? trimmed(to) + url.slice(base.length) : url;
}
