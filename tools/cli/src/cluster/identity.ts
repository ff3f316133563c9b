import { CliError } from '../errors.ts';
import { tokensOf } from '../shop/token.ts';
import type { Tokens } from '../shop/token.ts';
import { exists, forward } from './kubectl.ts';
import type { ClusterRef, Forward } from './kubectl.ts';
import { shopOptions } from './options.ts';

const IDENTITY = 'identity';

/** Tokens of the identity simulator in a cluster. */
export interface ClusterTokens {
  readonly token: Tokens;
  close(): Promise<void>;
}

/** The way there is a port-forward, opened for the first token and anew when its pod is gone. */
export function clusterTokens(ref: ClusterRef): ClusterTokens {
  let opened: Promise<Forward> | undefined;
  const close = async () => {
    const last = opened;
    opened = undefined;
    await last?.then((one) => one.close()).catch(() => undefined);
  };
  const url = async () => {
    const alive = await opened?.then((one) => isAlive(one.url)).catch(() => false);
    if (alive !== true) await close();
    opened ??= openIdentity(ref);
    return (await opened).url;
  };
  return { token: tokensOf({ url, instance: shopOptions(ref) }), close };
}

async function openIdentity(ref: ClusterRef): Promise<Forward> {
  if (await exists(ref, `service/${IDENTITY}`)) return forward(ref, IDENTITY, 'http');
  throw new CliError(
    `there is no identity simulator in namespace ${ref.namespace} of ${ref.context}`,
    `it has no Service ${IDENTITY}, as in profile production`,
    'get a token from the identity provider of that shop',
  );
}

async function isAlive(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/jwks`, { signal: AbortSignal.timeout(3_000) });
  return answer.ok;
}
