import { parseAllDocuments } from 'yaml';

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly ports?: readonly { name: string; containerPort: number }[];
  readonly env?: readonly { name: string; value?: string; valueFrom?: { secretKeyRef?: SecretKey } }[];
  readonly envFrom?: readonly { secretRef?: { name: string } }[];
  readonly resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  readonly securityContext?: Record<string, unknown> & { capabilities?: { drop?: string[] } };
  readonly lifecycle?: { preStop?: { sleep?: { seconds: number } } };
  readonly startupProbe?: object;
  readonly readinessProbe?: object;
  readonly livenessProbe?: object;
  readonly restartPolicy?: string;
  readonly args?: readonly string[];
  readonly volumeMounts?: readonly { name: string; mountPath: string }[];
}

interface SecretKey {
  readonly name: string;
  readonly key: string;
}

export interface PodSpec {
  readonly automountServiceAccountToken?: boolean;
  readonly priorityClassName?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext?: Record<string, unknown> & { seccompProfile?: { type?: string } };
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly { name: string; secret?: { secretName: string } }[];
}

type Labels = Readonly<Record<string, string>>;
export interface PolicyPeer {
  readonly podSelector?: { matchLabels?: Labels };
  readonly namespaceSelector?: { matchLabels?: Labels };
  readonly ipBlock?: { cidr: string };
}

export interface PolicySpec {
  readonly podSelector: { matchLabels?: Labels };
  readonly policyTypes?: readonly string[];
  readonly ingress?: readonly { from?: readonly PolicyPeer[]; ports?: readonly { port: string | number }[] }[];
  readonly egress?: readonly { to?: readonly PolicyPeer[]; ports?: readonly { port: string | number }[] }[];
}

/** A Kubernetes object, as far as the rules look at it. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Labels; readonly annotations?: Labels };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Record<string, unknown>;
}

/** A pod as some object makes it. */
export interface Pod {
  /** Kind/name of the object. */
  readonly of: string;
  readonly labels: Labels;
  readonly spec: PodSpec;
  /** False for Jobs, what makes them, and test pods, which end by themselves. */
  readonly serves: boolean;
}

export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const manifest = document.toJS() as Manifest | null;
    return manifest === null ? [] : [manifest];
  });
}

export function podsOf(manifests: readonly Manifest[]): Pod[] {
  return manifests.flatMap((manifest): Pod[] => {
    const of = `${manifest.kind}/${manifest.metadata.name}`;
    if (manifest.kind === 'Pod')
      return [{ of, labels: manifest.metadata.labels ?? {}, spec: manifest.spec as unknown as PodSpec, serves: false }];
    const template = templateOf(manifest);
    if (template === undefined) return [];
    const serves = manifest.kind !== 'Job' && manifest.kind !== 'CronJob';
    return [{ of, labels: template.metadata.labels, spec: template.spec, serves }];
  });
}

interface Template {
  readonly metadata: { readonly labels: Labels };
  readonly spec: PodSpec;
}

function templateOf({ kind, spec }: Manifest): Template | undefined {
  const job = spec?.jobTemplate as { spec: Record<string, unknown> } | undefined;
  return (kind === 'CronJob' ? job?.spec.template : spec?.template) as Template | undefined;
}

export function containersOf({ spec }: Pod): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

export function selects(selector: Labels | undefined, labels: Labels): boolean {
  return Object.entries(selector ?? {}).every(([key, value]) => labels[key] === value);
}
