import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openInstance } from '../tools/cli/src/instance.ts';
import { ApiClient } from '../tools/cli/src/shop/api-client.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { KEY_FILES } from '../tools/cli/src/secrets.ts';

/**
 * Benchmarks ask for more than a person may, so they come as the one partner of a shop on the host, by an API key that `up` has made
 * (docs/patterns/throttling.md). No setting changes for them: a run that is killed leaves nothing to put back. An instance that was
 * made before there was a key has the limits of that time, and needs none.
 */
export function partnerHeaders({ instance }: Pick<ShopContext, 'instance'>): Readonly<Record<string, string>> {
  // A shop in a cluster has no key that this machine knows: `--on current` stands in the place of an instance.
  if (instance.startsWith('-')) return {};
  const file = join(openInstance(instance).secretsDir, KEY_FILES.benchApiKey);
  return existsSync(file) ? { 'x-api-key': readFileSync(file, 'utf8').trim() } : {};
}

/** The API of a shop as a partner uses it. */
export function partnerApi(ctx: ShopContext): ApiClient {
  const own = partnerHeaders(ctx);
  const asPartner: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    for (const [name, value] of Object.entries(own)) headers.set(name, value);
    return fetch(input, { ...init, headers });
  };
  return new ApiClient(ctx.gatewayUrl, ctx.instance, asPartner);
}
