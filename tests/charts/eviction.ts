import { podsOf, type Manifest, type Pod } from './manifests.ts';

/** Components in the order in which they give way when a node is full. */
const ORDER = ['telemetry', 'setup', 'service', 'store'];
/** Those that nobody waits for may give way to each other. */
const BACKGROUND = ORDER.indexOf('service');

/** Pods that give way to what stands on them, as sentences. A pod without a class has priority 0. */
export function evictionOrder(manifests: readonly Manifest[], classes: readonly Manifest[]): string[] {
  const values = new Map(classes.map((one) => [one.metadata.name, (one as Manifest & { value: number }).value]));
  const priority = ({ spec }: Pod): number => values.get(spec.priorityClassName ?? '') ?? 0;
  const pods = podsOf(manifests);
  return pods.flatMap((later) =>
    pods
      .filter((first) => rank(later) >= BACKGROUND && rank(first) < rank(later) && priority(first) >= priority(later))
      .map((first) => `${later.of} gives way to ${first.of}`),
  );
}

function rank({ of, labels }: Pod): number {
  const found = ORDER.indexOf(labels['app.kubernetes.io/component'] ?? '');
  if (found < 0) throw new Error(`${of} has no component of ${ORDER.join(', ')}`);
  return found;
}
