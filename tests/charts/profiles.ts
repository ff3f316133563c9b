import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubectlArgs, type ClusterRef } from '../../tools/cli/src/cluster/kubectl.ts';
import { renderNamed, ROOT, template, type Helm } from './helm.ts';
import { parseManifests, podsOf, type Manifest, type Pod } from './manifests.ts';

/** What a cluster says to a profile before anything is made. */
export interface DryRun {
  readonly profile: string;
  readonly objects: number;
  readonly pods: number;
  /** Kinds that this cluster does not know, and that were not asked about therefore (HTTPRoute without the Gateway API). */
  readonly unknownKinds: readonly string[];
  /** Refusals and warnings, Pod Security's among them. */
  readonly problems: readonly string[];
}

export const PROFILES = [
  'infra',
  'infra-jaeger',
  'infra-lgtm',
  'infra-shared',
  'infra-ha',
  'infra-outside',
  'souk-local',
  'souk-ha',
  'souk-aggregation',
  'souk-critical',
  'souk-guarded',
  'souk-production',
];

/** Not from a template, because a node port may be taken by a shop that runs. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  'souk-local': ['--set', 'gateway.public.nodePort=null'],
  'souk-ha': ['--set', 'gateway.public.nodePort=null'],
  'souk-aggregation': ['--set', 'gateway.public.nodePort=null'],
  'souk-critical': ['--set', 'gateway.public.nodePort=null'],
  'souk-guarded': ['--set', 'gatekeeper.public.nodePort=null'],
};

/**
 * Asks a cluster, by server-side dry run, whether it would take every profile into the namespace of `cluster`, which is made out
 * of k8s/namespace.yaml and goes away afterwards: every object with warnings as errors, and every pod by itself, since only pods
 * are refused for what Pod Security, quota and limits do not allow.
 */
export function dryRunProfiles(cluster: ClusterRef, helm: Helm, profiles: readonly string[] = PROFILES): DryRun[] {
  const classes = readFileSync(join(ROOT, 'k8s/priority-classes.yaml'), 'utf8');
  const had = run(cluster, ['get', 'priorityclass', '--output', 'name']).stdout;
  try {
    must(run(cluster, ['apply', '-f', '-'], classes));
    must(run(cluster, ['apply', '-f', '-'], clusterFile('namespace', cluster.namespace)));
    must(run(cluster, ['apply', '--dry-run=server', '-f', '-'], clusterFile('rbac', cluster.namespace)));
    return profiles.map((profile) => dryRun(cluster, helm, profile));
  } finally {
    run(cluster, ['delete', 'namespace', cluster.namespace, '--timeout=60s']);
    if (!had.includes('/souk-edge')) run(cluster, ['delete', '-f', '-'], classes);
  }
}

function dryRun(cluster: ClusterRef, helm: Helm, profile: string): DryRun {
  const text = template(helm, renderNamed(profile), cluster.namespace, ...(FLAGS[profile] ?? []));
  const known = run(cluster, ['api-resources', '--no-headers']).stdout;
  const isKnown = ({ kind }: Manifest): boolean => new RegExp(`\\s${kind}\\s`).test(`${known} `);
  const manifests = parseManifests(text);
  const objects = manifests.filter(isKnown);
  const pods = podsOf(objects).map((pod) => podOf(pod, manifests));
  const apply = ['apply', '--dry-run=server', '--warnings-as-errors', '--namespace', cluster.namespace, '-f', '-'];
  const asked = [objects, pods].map((items) =>
    run(cluster, apply, JSON.stringify({ apiVersion: 'v1', kind: 'List', items })),
  );
  return {
    profile,
    objects: objects.length,
    pods: pods.length,
    unknownKinds: [...new Set(manifests.filter((one) => !isKnown(one)).map(({ kind }) => kind))],
    problems: asked.filter(({ status }) => status !== 0).flatMap(({ stderr }) => stderr.trim().split('\n')),
  };
}

/** The pod as its controller would make it, without what only the controller has: its account, its claims. */
function podOf({ of, labels, spec }: Pod, manifests: readonly Manifest[]): object {
  const owner = manifests.find(({ kind, metadata }) => `${kind}/${metadata.name}` === of);
  const claims = (owner?.spec?.volumeClaimTemplates ?? []) as { metadata: { name: string } }[];
  const volumes = [...(spec.volumes ?? []), ...claims.map(({ metadata }) => ({ name: metadata.name, emptyDir: {} }))];
  const name = `dry-run-${of.split('/')[1]}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { ...spec, volumes, serviceAccountName: 'default' },
  };
}

function clusterFile(name: string, namespace: string): string {
  const text = readFileSync(join(ROOT, 'k8s', `${name}.yaml`), 'utf8');
  return text.replaceAll(/^( *(?:name|namespace)): souk$/gm, `$1: ${namespace}`);
}

interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(cluster: ClusterRef, args: readonly string[], input = ''): Answer {
  const options = { input, encoding: 'utf8', timeout: 120_000, maxBuffer: 32 * 2 ** 20 } as const;
  const { status, stdout, stderr, error } = spawnSync('kubectl', kubectlArgs(cluster, args, false), options);
  if (error) throw error;
  return { status, stdout, stderr };
}

function must({ status, stderr }: Answer): void {
  if (status !== 0) throw new Error(stderr.trim());
}
