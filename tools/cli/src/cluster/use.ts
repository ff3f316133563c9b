import { loadContracts } from '../shop/contracts.ts';
import { issueToken } from '../shop/token.ts';
import { openCluster } from './options.ts';
import type { ClusterOptions } from './options.ts';
import { clusterShop, fetchIssuerKey, shopOptions } from './shop.ts';
import type { ClusterShop } from './shop.ts';

/** Opens the shop that the options mean, for as long as `work` takes. */
export async function withClusterShop<T>(options: ClusterOptions, work: (shop: ClusterShop) => Promise<T>): Promise<T> {
  const ref = await openCluster(options);
  await loadContracts(shopOptions(ref));
  const shop = await clusterShop(ref);
  try {
    return await work(shop);
  } finally {
    await shop.close();
  }
}

/** A token that the gateway of that shop takes, signed with the key in its Secret. */
export async function clusterToken(user: string, options: ClusterOptions): Promise<string> {
  const ref = await openCluster(options);
  return issueToken(await fetchIssuerKey(ref), user, process.env.SOUK_MODE, shopOptions(ref));
}
