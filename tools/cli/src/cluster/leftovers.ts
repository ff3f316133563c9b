import { kubectl, kubectlJson } from './kubectl.ts';
import type { ClusterRef } from './kubectl.ts';
import type { List, Meta } from './objects.ts';

/** An object as `kubectl get` names it. */
export interface Thing {
  readonly kind: string;
  readonly metadata: Meta;
}

/** Kinds that nobody puts there: the cluster makes them, and they go with what they are of. */
const MADE_BY_CLUSTER = /^(Event|Endpoints|EndpointSlice|PodMetrics|ControllerRevision|ReplicaSet|Lease)$/;

/** `configmap/order` */
export function nameOf({ kind, metadata }: Thing): string {
  return `${kind.toLowerCase()}/${metadata.name}`;
}

/** What somebody has put into the namespace, without what the cluster puts into each. */
export function ownThings(things: readonly Thing[]): Thing[] {
  return things.filter(
    ({ kind, metadata }) =>
      !MADE_BY_CLUSTER.test(kind) &&
      !metadata.ownerReferences?.length &&
      !(kind === 'ServiceAccount' && metadata.name === 'default') &&
      !(kind === 'ConfigMap' && metadata.name === 'kube-root-ca.crt'),
  );
}

/** What of ours is still there, pods that are ending included, though they go by themselves. */
export function ourRemains(things: readonly Thing[]): Thing[] {
  const pods = things.filter(({ kind, metadata }) => kind === 'Pod' && metadata.ownerReferences?.length);
  return [...ownThings(things), ...pods].filter(isOurs);
}

/** Ours by label, by helm's own bookkeeping, or by the claim a StatefulSet of ours left; anything else is not ours to delete. */
export function isOurs({ kind, metadata }: Thing): boolean {
  const labels = metadata.labels ?? {};
  if (labels['app.kubernetes.io/part-of'] === 'souk') return true;
  if (kind === 'Secret' && labels.owner === 'helm') return ['souk', 'infra'].includes(labels.name ?? '');
  return kind === 'PersistentVolumeClaim' && labels['app.kubernetes.io/instance'] === 'infra';
}

/** Everything in the namespace that can be listed and deleted, whatever kinds this cluster has. */
export async function allThings(ref: ClusterRef): Promise<Thing[]> {
  const args = ['api-resources', '--verbs=list,delete', '--namespaced', '--output', 'name'];
  const kinds = (await kubectl(ref, args, { namespaced: false })).split('\n').filter((kind) => kind !== '');
  const text = await kubectl(ref, ['get', kinds.join(','), '--ignore-not-found', '--output', 'json']);
  return text.trim() === '' ? [] : [...(JSON.parse(text) as List<Thing>).items];
}

interface Volume {
  readonly kind: 'PersistentVolume';
  readonly metadata: Meta;
  readonly spec: {
    readonly claimRef?: { readonly namespace?: string };
    readonly persistentVolumeReclaimPolicy?: string;
  };
}

/** Volumes that hold data of claims of the namespace; none where this user may not see volumes. */
export async function volumesOf(ref: ClusterRef): Promise<Volume[]> {
  const none: List<Volume> = { items: [] };
  const list = kubectlJson<List<Volume>>(ref, ['get', 'persistentvolumes'], { namespaced: false });
  return (await list.catch(() => none)).items.filter(({ spec }) => spec.claimRef?.namespace === ref.namespace);
}
