import { join } from 'node:path';
import { clusterPlace } from '../../../../cli/src/config/cluster-place.ts';
import { CliError } from '../../../../cli/src/errors.ts';
import { findDoor, reachableGateway } from '../../../../cli/src/cluster/gateway.ts';
import { clusterTokens } from '../../../../cli/src/cluster/identity.ts';
import { type ClusterRef, kubectl, kubectlJson } from '../../../../cli/src/cluster/kubectl.ts';
import { shopOptions } from '../../../../cli/src/cluster/options.ts';
import type { List } from '../../../../cli/src/cluster/objects.ts';
import { requireShop } from '../../../../cli/src/cluster/shop.ts';
import { clusterHome } from '../../../../cli/src/cluster/state.ts';
import { Way } from '../../../../cli/src/cluster/way.ts';
import { waitFor } from '../../../../cli/src/shop/wait-for.ts';
import type { Tokens } from '../../../../cli/src/shop/token.ts';
import { soukCommand } from '../../../../cli/src/souk-command.ts';
import { endAllMarked, marking } from '../../faults/marks.ts';
import { KNOBS, knobsOf } from '../../run/left-behind.ts';
import type { OpenSite, Site } from '../site.ts';
import { openAddresses } from './addresses.ts';
import { K8sTarget, type Kubectl } from './k8s-target.ts';
import { lastSeen } from './last-seen.ts';
import { type ConfigMap, stateIn } from './state.ts';

/** Older than that, who runs is asked anew. */
const SEEN_FOR_MS = 1_900;
const SIMULATORS_WITHIN_MS = 20_000;

/** A shop that `./souk up --on …` has installed in a namespace of a cluster. */
export function k8sSite(ref: ClusterRef): Site {
  const dir = join(clusterHome(ref).dir, ref.namespace);
  return {
    on: 'k8s',
    name: shopOptions(ref),
    dir,
    // What has to be known to put something back is written on it.
    remember: () => marking(dir),
    // Forwards of a runner that was killed go on without it.
    forget: () => endAllMarked(dir),
    open: () => openSite(ref, dir),
  };
}

async function openSite(ref: ClusterRef, dir: string): Promise<OpenSite> {
  await requireShop(ref);
  await requireTrial(ref);
  const addresses = await openAddresses(ref);
  const tokens = clusterTokens(ref);
  const door = await openDoor(ref, tokens.token).catch(async (error: unknown) => {
    await Promise.all([addresses.close(), tokens.close()]);
    throw error;
  });
  const { urls, management } = addresses;
  const context = {
    instance: shopOptions(ref),
    gatewayUrl: door.url,
    token: tokens.token,
    urls: { ...urls, GATEWAY_URL: door.url },
  };
  const place = clusterPlace(ref);
  const run: Kubectl = (args, options) => kubectl(ref, args, options);
  const target = new K8sTarget({ kubectl: run, context, place, dir, management });
  return {
    target,
    state: async () => {
      const { items } = await kubectlJson<List<ConfigMap>>(ref, ['get', 'configmaps']);
      const { workloads } = await target.look();
      return stateIn(workloads, items, await simulatorsOf(context.urls));
    },
    seen: lastSeen(() => target.processes(), SEEN_FOR_MS),
    links: async () => undefined,
    close: async () => void (await Promise.all([addresses.close(), tokens.close(), door.close(), place.close()])),
  };
}

/** Where it is reached only by a forward, that has to outlive the pods of the gateway: there may be none at the moment. */
async function openDoor(ref: ClusterRef, tokens: Tokens): Promise<{ url: string; close: () => Promise<void> }> {
  const found = await reachableGateway(ref, tokens).catch(() => undefined);
  if (found !== undefined) return { url: found.url, close: async () => undefined };
  const { name } = await findDoor(ref);
  const way = await Way.open(ref, { target: name, port: 'http' });
  return { url: `http://${way.host}`, close: () => way.close() };
}

/** @throws CliError where it is not there to be tried out */
async function requireTrial(ref: ClusterRef): Promise<void> {
  const { data } = await kubectlJson<ConfigMap>(ref, ['get', 'configmap', 'gateway']);
  if (data?.['SOUK_MODE'] !== 'production') return;
  throw new CliError(
    `the shop of namespace ${ref.namespace} is not broken`,
    'it runs in production mode',
    `break one of its own: ${soukCommand(shopOptions({ ...ref, namespace: 'trial' }), 'up')}`,
  );
}

/** How the knobs of the simulators stand, once those that there are answer: one may just have come back, and its forward with it. */
async function simulatorsOf(urls: Readonly<Record<string, string>>): Promise<Map<string, string>> {
  const count = KNOBS.filter(({ variable }) => urls[variable] !== undefined).length;
  let knobs = new Map<string, string>();
  const all = async (): Promise<boolean> => {
    knobs = await knobsOf(urls);
    return knobs.size === count;
  };
  await waitFor('the simulators answer', SIMULATORS_WITHIN_MS, all).catch(() => undefined);
  return knobs;
}
