import { join } from 'node:path';
import { CliError } from '../errors.ts';
import { KEY_FILES } from '../secrets.ts';
import type { ShopContext } from '../shop/context.ts';
import { devIssuerKey } from '../shop/token.ts';
import { soukCommand } from '../souk-command.ts';
import { writeFileAtomically } from '../system/files.ts';
import { openGateway } from './gateway.ts';
import type { Gateway } from './gateway.ts';
import { kubectl } from './kubectl.ts';
import type { ClusterRef } from './kubectl.ts';
import { KIND_CONTEXT } from './options.ts';
import { clusterHome, createClusterHome } from './state.ts';

const ISSUER_SECRET = 'dev-issuer';

/** A shop in a cluster, for everything that uses one from outside: seeding, orders, tests. */
export interface ClusterShop extends ShopContext {
  readonly gateway: Pick<Gateway, 'kind' | 'url'>;
  /** Ends the way to the gateway, where it is a process of ours. */
  close(): Promise<void>;
}

/** The options that name this shop, for hints. */
export function shopOptions({ context, namespace, isCurrent }: ClusterRef): string {
  const current = isCurrent ? '--on current' : `--on current --context ${context}`;
  const on = context === KIND_CONTEXT && !isCurrent ? '--on kind' : current;
  return namespace === 'souk' ? on : `${on} --namespace ${namespace}`;
}

/** Opens the shop of a namespace: its issuer's key from its Secret, its gateway by node port, balancer or port-forward. */
export async function clusterShop(ref: ClusterRef): Promise<ClusterShop> {
  const instance = shopOptions(ref);
  const secretsDir = await fetchIssuerKey(ref);
  const gateway = await openGateway(ref, await devIssuerKey(secretsDir, instance));
  const { url: gatewayUrl, kind } = gateway;
  return { instance, gatewayUrl, secretsDir, urls: {}, gateway: { kind, url: gatewayUrl }, close: gateway.close };
}

/** The key of the development issuer, as its Secret holds it; nothing of it stays on this machine. */
export async function readIssuerKey(ref: ClusterRef): Promise<string> {
  const path = `{.data.${KEY_FILES.devIssuerPrivate.replaceAll('.', '\\.')}}`;
  const args = ['get', 'secret', ISSUER_SECRET, '--ignore-not-found', '--output', `jsonpath=${path}`];
  const encoded = await kubectl(ref, args);
  if (encoded === '') {
    throw new CliError(
      `there is no shop in namespace ${ref.namespace} of ${ref.context}`,
      `it has no Secret ${ISSUER_SECRET}, with which tokens are signed`,
      soukCommand(shopOptions(ref), 'up'),
    );
  }
  return Buffer.from(encoded, 'base64').toString('utf8');
}

/** Fetches the key of the development issuer and answers the folder that holds it now. */
export async function fetchIssuerKey(ref: ClusterRef): Promise<string> {
  const key = await readIssuerKey(ref);
  const home = clusterHome(ref);
  createClusterHome(home);
  const file = join(home.secretsDir, KEY_FILES.devIssuerPrivate);
  writeFileAtomically(file, key, 0o600);
  return home.secretsDir;
}
