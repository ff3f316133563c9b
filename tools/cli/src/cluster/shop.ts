import { CliError } from '../errors.ts';
import type { ShopContext } from '../shop/context.ts';
import { soukCommand } from '../souk-command.ts';
import { openGateway } from './gateway.ts';
import type { Gateway } from './gateway.ts';
import { clusterTokens } from './identity.ts';
import { exists } from './kubectl.ts';
import type { ClusterRef } from './kubectl.ts';
import { shopOptions } from './options.ts';

/** A shop in a cluster, for everything that uses one from outside: seeding, orders, tests. */
export interface ClusterShop extends ShopContext {
  readonly gateway: Pick<Gateway, 'kind' | 'url' | 'door'>;
  /** Ends the ways into the cluster, where they are processes of ours. */
  close(): Promise<void>;
}

/** Opens the shop of a namespace: its gateway by node port, balancer or port-forward, its identity simulator by port-forward. */
export async function clusterShop(ref: ClusterRef): Promise<ClusterShop> {
  await requireShop(ref);
  const tokens = clusterTokens(ref);
  const gateway = await openGateway(ref, tokens.token);
  const { url: gatewayUrl, kind, door } = gateway;
  const close = async () => void (await Promise.all([gateway.close(), tokens.close()]));
  const { token } = tokens;
  return { instance: shopOptions(ref), gatewayUrl, token, urls: {}, gateway: { kind, url: gatewayUrl, door }, close };
}

/** A CliError where the namespace has no shop. */
export async function requireShop(ref: ClusterRef): Promise<void> {
  if (await exists(ref, 'service/gateway')) return;
  throw new CliError(
    `there is no shop in namespace ${ref.namespace} of ${ref.context}`,
    'it has no Service gateway',
    soukCommand(shopOptions(ref), 'up'),
  );
}
