import { loadContracts } from '../shop/contracts.ts';
import { clusterTokens } from './identity.ts';
import { withService } from './kubectl.ts';
import { openCluster, shopOptions } from './options.ts';
import type { ClusterOptions } from './options.ts';
import { clusterShop, requireShop } from './shop.ts';
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

/** A token that the gateway of that shop takes, from the identity simulator beside it. */
export async function clusterToken(user: string, options: ClusterOptions): Promise<string> {
  const ref = await openCluster(options);
  await requireShop(ref);
  const tokens = clusterTokens(ref);
  try {
    return await tokens.token(user);
  } finally {
    await tokens.close();
  }
}

/** The management port of a service there, by a port-forward for as long as `work` takes. */
export async function withManagementPort<T>(
  service: string,
  options: ClusterOptions,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const ref = await openCluster(options);
  await requireShop(ref);
  return withService(ref, { service, port: 'management' }, work);
}
