import { podsOf, type Container, type Manifest, type Pod } from './manifests.ts';

const FACTORS: Readonly<Record<string, number>> = { '': 1, m: 1e-3, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** `250m` → 0.25, `64Mi` → 67108864. */
export function quantity(text: string): number {
  const [, digits, unit = ''] = /^([\d.]+)(\D*)$/.exec(text) ?? [];
  const factor = FACTORS[unit];
  if (digits === undefined || factor === undefined) throw new Error(`${text} is no quantity`);
  return Number(digits) * factor;
}

/** What an installation asks of a ResourceQuota at most: every deployment at its largest, and one pod more while it rolls. */
export function budgetOf(manifests: readonly Manifest[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = { pods: 0, 'requests.cpu': 0, 'requests.memory': 0, 'limits.memory': 0 };
  for (const pod of podsOf(manifests)) {
    const count = largest(manifests, pod);
    sums.pods = (sums.pods ?? 0) + count;
    for (const key of ['requests.cpu', 'requests.memory', 'limits.memory'] as const)
      sums[key] = (sums[key] ?? 0) + count * needOf(pod, key);
  }
  return sums;
}

export function fits(needed: Readonly<Record<string, number>>, hard: Readonly<Record<string, string>>): string[] {
  return Object.entries(needed)
    .filter(([key, value]) => value > quantity(hard[key] ?? '0'))
    .map(([key]) => key)
    .sort();
}

function largest(manifests: readonly Manifest[], pod: Pod): number {
  const [kind, name] = pod.of.split('/');
  const scaler = manifests.find((one) => one.kind === 'HorizontalPodAutoscaler' && one.metadata.name === name);
  const replicas = manifests.find((one) => one.kind === kind && one.metadata.name === name)?.spec?.replicas;
  return Number(scaler?.spec?.maxReplicas ?? replicas ?? 1) + (kind === 'Deployment' ? 1 : 0);
}

/** Sidecars run beside the containers, so all of them count. */
function needOf({ spec }: Pod, key: string): number {
  const [which = '', what = ''] = key.split('.');
  const of = ({ resources }: Container) =>
    quantity((resources as Record<string, Record<string, string>> | undefined)?.[which]?.[what] ?? '0');
  return [...(spec.initContainers ?? []), ...spec.containers].reduce((sum, container) => sum + of(container), 0);
}
