import { afterAll } from '@jest/globals';
import { clusterTokens } from '../../../tools/cli/src/cluster/identity.ts';
import { Shop } from '../../e2e/support/shop.ts';
import { NODE_PORT, ref } from './cluster.ts';

/** A node of the cluster as this machine reaches it; the test cluster's node ports are on loopback. */
const NODE = process.env.SOUK_K8S_NODE ?? '127.0.0.1';
export const gatewayUrl = `http://${NODE}:${NODE_PORT}`;

const tokens = clusterTokens(ref);
afterAll(tokens.close);

/** The shop in the cluster, through its NodePort. */
export async function openClusterShop(): Promise<Shop> {
  return new Shop(gatewayUrl, tokens.token);
}
