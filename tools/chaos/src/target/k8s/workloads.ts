import type { ContainerStatus, Meta } from '../../../../cli/src/cluster/objects.ts';
import type { Running } from '../target.ts';

/** A variable of a container as its manifest has it: with a value, or with where it comes from. */
export interface EnvEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: object;
}

/** A Deployment or StatefulSet, as far as it is read here. */
export interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly metadata: Meta & { readonly generation?: number };
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly name: string; readonly env?: readonly EnvEntry[] }[] };
    };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
  };
}

export interface Pod {
  readonly kind: 'Pod';
  readonly metadata: Meta & { readonly deletionTimestamp?: string };
  readonly status: { readonly phase?: string; readonly containerStatuses?: readonly ContainerStatus[] };
}

/** Everything of a shop that runs, at one moment. */
export interface Seen {
  readonly workloads: readonly Workload[];
  readonly pods: readonly Pod[];
}

/** Arguments of kubectl that ask for `Seen`. */
export const LOOK = ['get', 'deployments,statefulsets,pods', '--selector', 'app.kubernetes.io/part-of=souk'] as const;

export function seenIn({ items }: { readonly items: readonly (Workload | Pod)[] }): Seen {
  const isPod = (one: Workload | Pod): one is Pod => one.kind === 'Pod';
  return { workloads: items.filter((one) => !isPod(one)) as Workload[], pods: items.filter(isPod) };
}

/** Those whose name is another one in a cluster. */
const NAMES: Readonly<Record<string, string>> = { mongo: 'mongodb' };

/** What a process of the shop is called in a cluster. */
export const nameThere = (process: string): string => NAMES[process] ?? process;
const nameHere = (workload: string): string =>
  Object.entries(NAMES).find(([, there]) => there === workload)?.[0] ?? workload;

/** A store, whose image is somebody else's; all others run Node. */
export const isStore = ({ kind }: Workload): boolean => kind === 'StatefulSet';

export const podsOf = ({ pods }: Seen, { metadata }: Workload): Pod[] =>
  pods.filter(({ metadata: { labels } }) => labels?.['app.kubernetes.io/name'] === metadata.name);

/** Its pods that are there to stay. */
export const standing = (seen: Seen, workload: Workload): Pod[] =>
  podsOf(seen, workload).filter(({ metadata }) => metadata.deletionTimestamp === undefined);

/** As the harness sees a process. One that is wanted has "a pid", though nobody outside of its pod could use one. */
export function runningOf(seen: Seen, workload: Workload): Running {
  const pods = standing(seen, workload);
  const restarts = pods.flatMap(({ status }) => status.containerStatuses ?? []).map(({ restartCount }) => restartCount);
  return {
    name: nameHere(workload.metadata.name),
    pid: wanted(workload) > 0 ? 1 : null,
    ready: isReady(workload),
    restarts: restarts.reduce((sum, count) => sum + count, 0),
  };
}

const wanted = ({ spec }: Workload): number => spec.replicas ?? 1;

/** All that are wanted are ready, and none is of an older template. */
export function isReady(workload: Workload): boolean {
  const { observedGeneration = 0, readyReplicas = 0, updatedReplicas = 0, replicas = 0 } = workload.status ?? {};
  const count = wanted(workload);
  return (
    observedGeneration >= (workload.metadata.generation ?? 0) &&
    count > 0 &&
    readyReplicas >= count &&
    updatedReplicas >= count &&
    replicas === count
  );
}
