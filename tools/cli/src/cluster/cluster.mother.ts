import type { ContainerStatus, Pod, Workload } from './objects.ts';

/** Objects of a cluster as kubectl answers them, as far as they are read here; healthy unless told otherwise. */
export const aContainer = (change: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name: 'order',
  image: 'localhost/souk/order:1',
  ready: true,
  restartCount: 0,
  state: { running: {} },
  ...change,
});

export const labels = (name: string, instance = 'souk') => ({
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/instance': instance,
  'app.kubernetes.io/part-of': 'souk',
});

interface PodChange {
  readonly name?: string;
  readonly app?: string;
  readonly release?: string;
  readonly phase?: string;
  readonly createdAt?: string;
  readonly containers?: readonly ContainerStatus[];
  readonly inits?: readonly ContainerStatus[];
  readonly conditions?: Pod['status']['conditions'];
}

export function aPod(change: PodChange = {}): Pod {
  const {
    app = 'order',
    name = `${app}-7c9f`,
    release,
    phase = 'Running',
    containers = [aContainer()],
    inits = [],
  } = change;
  const asked = ({ name: container, image }: ContainerStatus) => ({ name: container, image });
  return {
    kind: 'Pod',
    metadata: { name, labels: labels(app, release), creationTimestamp: change.createdAt ?? '2026-01-01T00:00:00Z' },
    spec: { nodeName: 'node-1', containers: containers.map(asked), initContainers: inits.map(asked) },
    status: {
      phase,
      containerStatuses: containers,
      initContainerStatuses: inits,
      ...(change.conditions ? { conditions: change.conditions } : {}),
    },
  };
}

export function aWorkload(
  name: string,
  change: Partial<Workload['status']> & { replicas?: number; release?: string } = {},
): Workload {
  const { replicas = 1, release, ...status } = change;
  return {
    kind: 'Deployment',
    metadata: { name, labels: labels(name, release), generation: 2 },
    spec: { replicas },
    status: { observedGeneration: 2, readyReplicas: replicas, updatedReplicas: replicas, ...status },
  };
}
