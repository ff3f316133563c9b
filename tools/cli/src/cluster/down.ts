import { join } from 'node:path';
import { CliError } from '../errors.ts';
import { Progress } from '../output.ts';
import { waitFor } from '../shop/wait-for.ts';
import { soukCommand } from '../souk-command.ts';
import { withLock } from '../system/lock.ts';
import { findHelm, listReleases, uninstallCommand } from './helm.ts';
import { kubectl } from './kubectl.ts';
import type { ClusterRef } from './kubectl.ts';
import { allThings, isOurs, nameOf, ourRemains, ownThings, volumesOf } from './leftovers.ts';
import type { Thing } from './leftovers.ts';
import { removeKind } from './make-kind.ts';
import { namespaceOwnership } from './namespace.ts';
import type { Ownership } from './namespace.ts';
import { openCluster, shopOptions } from './options.ts';
import type { ClusterOptions } from './options.ts';
import { removePriorityClasses } from './priority-classes.ts';
import { runArgv } from './provide-images.ts';
import { clusterHome, createClusterHome } from './state.ts';

const GONE_WITHIN_MS = 180_000;
/** First the shop: its policies and hooks mean the stores. */
const RELEASES = ['souk', 'infra'];

/** Takes the shop out of a namespace, and what it left; looks again and says what remains. */
export async function clusterDown(options: ClusterOptions): Promise<Record<string, unknown>> {
  const startedAt = performance.now();
  if (options.on === 'kind') return kindDown(startedAt);
  const progress = new Progress();
  const ref = await openCluster(options);
  const home = clusterHome(ref);
  createClusterHome(home);
  return withLock(join(home.dir, `up-${ref.namespace}.lock`), async () => {
    const owner = await namespaceOwnership(ref);
    if (owner === 'absent' || owner === 'foreign') return nothing(ref, owner);
    const removed = [...(await uninstall(ref, progress)), ...(await removeOurs(ref, owner, progress))];
    const kept = await removeNamespace(ref, owner, progress);
    if (!kept) removed.push(...(await removePriorityClasses(ref)));
    await requireNothingLeft(ref, kept !== undefined);
    const all = kept ? removed : [...removed, `namespace ${ref.namespace}`];
    console.log(`  removed ${all.join(', ') || 'nothing'}`);
    if (kept) console.log(`  kept namespace ${ref.namespace}: ${kept}`);
    console.log(`  ✔ nothing of the shop is left in ${ref.context} · ${seconds(startedAt)} s`);
    return { context: ref.context, namespace: ref.namespace, removed: all, kept: kept ?? null };
  });
}

const seconds = (startedAt: number): string => ((performance.now() - startedAt) / 1000).toFixed(1);

async function kindDown(startedAt: number): Promise<Record<string, unknown>> {
  const removed = await removeKind();
  const what = removed ? 'deleted the kind cluster souk with everything in it' : 'there is no kind cluster souk';
  console.log(`  ✔ ${what} · nothing left · ${seconds(startedAt)} s`);
  return { removed: removed ? ['kind cluster souk'] : [], kept: null };
}

function nothing(ref: ClusterRef, owner: Ownership): Record<string, unknown> {
  const why = owner === 'absent' ? 'there is no such namespace' : 'that namespace is not for Souk';
  console.log(`  nothing to remove in namespace ${ref.namespace} of ${ref.context}: ${why}`);
  return { context: ref.context, namespace: ref.namespace, removed: [], kept: null };
}

async function uninstall(ref: ClusterRef, progress: Progress): Promise<string[]> {
  const helm = await findHelm();
  const installed = (await listReleases(helm, ref)).map(({ name }) => name);
  const ours = RELEASES.filter((name) => installed.includes(name));
  for (const release of ours) {
    await progress.step(`release ${release}`, () =>
      runArgv(
        uninstallCommand(helm, ref, release),
        `uninstalling ${release}`,
        join(clusterHome(ref).logsDir, `helm-${release}-uninstall.log`),
        { fix: `${soukCommand(shopOptions(ref), 'down')} once more goes on from here; the whole output is in` },
      ),
    );
  }
  return ours.map((release) => `release ${release}`);
}

/** Hooks (the pod of helm test, a failed Job), claims, Secrets: what no release counts as its own. */
async function removeOurs(ref: ClusterRef, owner: Ownership, progress: Progress): Promise<string[]> {
  return progress.step('what the releases left', async (report) => {
    const ours = ownThings(await allThings(ref)).filter((one) => isOurs(one) && !cameWithNamespace(one, owner));
    if (ours.length > 0) {
      const names = ours.map(nameOf);
      await kubectl(ref, ['delete', '--ignore-not-found', '--timeout=120s', ...names], { timeoutMs: GONE_WITHIN_MS });
    }
    report.result(ours.length === 0 ? 'nothing' : String(ours.length));
    return ours.map(nameOf);
  });
}

/** A namespace that somebody else made keeps its default deny and its quota, which k8s/namespace.yaml may have given it. */
function cameWithNamespace({ kind, metadata }: Thing, owner: Ownership): boolean {
  const basics = ['networkpolicy/default-deny', 'resourcequota/souk', 'limitrange/souk'];
  return owner === 'given' && basics.includes(nameOf({ kind, metadata }));
}

/** Deletes the namespace, or answers why it stays. */
async function removeNamespace(ref: ClusterRef, owner: Ownership, progress: Progress): Promise<string | undefined> {
  if (owner !== 'ours') return './souk up did not make it';
  const foreign = ownThings(await allThings(ref)).filter((one) => !isOurs(one));
  if (foreign.length > 0) return `it holds what is not of the shop: ${foreign.map(nameOf).join(', ')}`;
  await progress.step(`namespace ${ref.namespace}`, () =>
    kubectl(ref, ['delete', 'namespace', ref.namespace, '--timeout=150s'], {
      namespaced: false,
      timeoutMs: GONE_WITHIN_MS,
    }),
  );
  return undefined;
}

/** Looks again by other means than the commands that deleted. */
async function requireNothingLeft(ref: ClusterRef, namespaceKept: boolean): Promise<void> {
  const left = async () => {
    const owner = await namespaceOwnership(ref);
    const things = owner === 'absent' ? [] : ourRemains(await allThings(ref));
    const objects = things.filter((one) => !cameWithNamespace(one, owner)).map(nameOf);
    const namespaces = !namespaceKept && owner !== 'absent' ? [`namespace ${ref.namespace}`] : [];
    const volumes = (await volumesOf(ref)).map(
      ({ metadata, spec }) => `volume ${metadata.name} (${spec.persistentVolumeReclaimPolicy})`,
    );
    return [...objects, ...namespaces, ...volumes];
  };
  let remains: readonly string[] = [];
  await waitFor('everything is gone', 60_000, async () => (remains = await left()).length === 0, 1_000).catch(
    () => undefined,
  );
  if (remains.length === 0) return;
  throw new CliError(
    'something is left in the cluster',
    remains.join(', '),
    `${soukCommand(shopOptions(ref), 'down')} once more, or look at why it stays: kubectl --context ${ref.context} describe …`,
  );
}
