/** The parts of Kubernetes objects that are read here; everything else is left out. */
export interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
}

export interface List<T> {
  readonly items: readonly T[];
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: { readonly reason?: string; readonly exitCode: number; readonly message?: string };
}

export interface ContainerStatus {
  readonly name: string;
  readonly image: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

export interface Pod {
  readonly kind: 'Pod';
  readonly metadata: Meta;
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly { readonly name: string; readonly image: string }[];
    readonly initContainers?: readonly { readonly name: string; readonly image: string }[];
  };
  readonly status: {
    readonly phase: string;
    readonly startTime?: string;
    readonly conditions?: readonly Condition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly metadata: Meta & { readonly generation?: number };
  readonly spec: { readonly replicas?: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly numberReady?: number;
    readonly desiredNumberScheduled?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface Event {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

export interface Node {
  readonly metadata: Meta;
  readonly status: {
    readonly images?: readonly { readonly names?: readonly string[] }[];
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
}

export interface ServiceObject {
  readonly metadata: Meta;
  readonly spec: {
    readonly type: string;
    readonly ports: readonly { readonly name?: string; readonly port: number; readonly nodePort?: number }[];
  };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] };
  };
}
