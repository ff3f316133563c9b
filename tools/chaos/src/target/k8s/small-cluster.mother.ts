import { labels } from '../../../../cli/src/cluster/cluster.mother.ts';
import { MemoryPlace } from '../../../../cli/src/config/place.mother.ts';
import { MANAGER } from './disown.ts';
import { K8sTarget, type Kubectl } from './k8s-target.ts';
import type { Patch } from './patches.ts';
import type { EnvEntry, Pod, Workload } from './workloads.ts';

interface Wanted {
  readonly replicas?: number;
  readonly env?: readonly EnvEntry[];
  readonly kind?: Workload['kind'];
}

export function aWorkload(name: string, { replicas = 1, env = [], kind = 'Deployment' }: Wanted = {}): Workload {
  return {
    kind,
    metadata: { name, labels: labels(name), generation: 1 },
    spec: { replicas, template: { spec: { containers: [{ name, env }] } } },
    status: { observedGeneration: 1, replicas, readyReplicas: replicas, updatedReplicas: replicas },
  };
}

interface MergePatch {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string | null>> };
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: {
      readonly spec: { readonly containers: readonly { readonly env: readonly Record<string, unknown>[] }[] };
    };
  };
}

/** A workload after a strategic merge patch, as far as ours go: variables are merged by name. */
export function patched(workload: Workload, patch: Patch): Workload {
  const { metadata, spec } = patch as MergePatch;
  const annotations = withoutNulls({ ...workload.metadata.annotations, ...metadata?.annotations });
  const [container] = workload.spec.template.spec.containers;
  const env = new Map((container?.env ?? []).map((entry) => [entry.name, entry]));
  for (const one of spec?.template?.spec.containers[0]?.env ?? []) {
    const name = String(one['name']);
    if (one['$patch'] === 'delete') env.delete(name);
    else env.set(name, withoutNulls({ ...env.get(name), ...one }) as unknown as EnvEntry);
  }
  const replicas = spec?.replicas ?? workload.spec.replicas ?? 1;
  const { kind } = workload;
  return {
    ...aWorkload(workload.metadata.name, { kind, replicas, env: [...env.values()] }),
    metadata: { ...workload.metadata, annotations: annotations as Record<string, string> },
  };
}

const withoutNulls = (fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

/** A namespace in memory whose kubectl does at once what it is told; `calls` has all that changed something. */
export class SmallCluster {
  readonly calls: string[][] = [];
  readonly #workloads: Map<string, Workload>;
  readonly #restarts = new Map<string, number>();
  /** Who owns fields of a workload. */
  readonly #owners = new Map<string, readonly { readonly manager: string }[]>();

  constructor(workloads: readonly Workload[]) {
    this.#workloads = new Map(workloads.map((one) => [one.metadata.name, one]));
  }

  workload(name: string): Workload {
    const found = this.#workloads.get(name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  }

  owners(name: string): readonly string[] {
    return this.#ownersOf(name).map(({ manager }) => manager);
  }

  #ownersOf(name: string): readonly { readonly manager: string }[] {
    return this.#owners.get(name) ?? [{ manager: 'helm' }];
  }

  /** What one of another process would see. */
  target(): K8sTarget {
    const token = async (): Promise<string> => 'a-token';
    const context = { instance: '--on current', gatewayUrl: 'http://127.0.0.1:1', token, urls: {} };
    const place = new MemoryPlace();
    return new K8sTarget({
      kubectl: this.kubectl,
      context,
      place,
      dir: '/nowhere',
      management: new Map([['order', 'http://127.0.0.1:2']]),
    });
  }

  readonly kubectl: Kubectl = async (args) => {
    const [verb = '', object = ''] = args;
    const name = object.split('/').at(-1) ?? '';
    if (args.includes('--show-managed-fields'))
      return JSON.stringify({ metadata: { resourceVersion: '1', managedFields: this.#ownersOf(name) } });
    if (verb === 'get') return JSON.stringify({ items: [...this.#workloads.values(), ...this.#pods()] });
    this.calls.push([...args]);
    if (verb === 'patch' && args.includes('json')) {
      const [{ value }] = JSON.parse(args.at(-1) ?? '') as [
        { readonly value: readonly { readonly manager: string }[] },
      ];
      this.#owners.set(name, value);
    } else if (verb === 'patch') {
      const patch = JSON.parse(args.at(-1) ?? '') as Patch;
      this.#workloads.set(name, patched(this.workload(name), patch));
      this.#owners.set(name, [{ manager: 'helm' }, { manager: MANAGER }]);
    }
    // The process is process 1: its container is started again.
    if (verb === 'exec') this.#restarts.set(object, (this.#restarts.get(object) ?? 0) + 1);
    return '';
  };

  #pods(): Pod[] {
    return [...this.#workloads.values()].flatMap(({ metadata, spec }) =>
      Array.from({ length: spec.replicas ?? 1 }, (_, index): Pod => {
        const name = `${metadata.name}-${index}`;
        const restartCount = this.#restarts.get(name) ?? 0;
        const status = { name: metadata.name, image: 'i', ready: true, restartCount };
        return {
          kind: 'Pod',
          metadata: { name, labels: labels(metadata.name) },
          status: { phase: 'Running', containerStatuses: [status] },
        };
      }),
    );
  }
}
