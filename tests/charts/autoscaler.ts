import type { Manifest } from './manifests.ts';
import { quantity } from './quota.ts';

/** A HorizontalPodAutoscaler, as far as it decides on more pods. */
export interface Autoscaler {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Of the CPU that a pod requests, of one: what it may use on average. */
  readonly cpu: number;
  /** What a metric of the pods may be on average, by its name. */
  readonly podMetrics: ReadonlyMap<string, number>;
  readonly scaleUpAfterSeconds: number;
}

/** As they are by default, in Kubernetes and in the metrics server. */
const LOOKS_EVERY_SECONDS = 15;
const SAMPLED_EVERY_SECONDS = 15;
const TOLERANCE = 0.1;
const SCALE_DOWN_AFTER_SECONDS = 300;

interface Spec {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly metrics: readonly {
    readonly resource?: { readonly target: { readonly averageUtilization: number } };
    readonly pods?: { readonly metric: { readonly name: string }; readonly target: { readonly averageValue: string } };
  }[];
  readonly behavior?: { readonly scaleUp?: { readonly stabilizationWindowSeconds?: number } };
}

/** @throws Error when there is none of that name */
export function autoscalerOf(manifests: readonly Manifest[], name: string): Autoscaler {
  const found = manifests.find(({ kind, metadata }) => kind === 'HorizontalPodAutoscaler' && metadata.name === name);
  if (found === undefined) throw new Error(`nothing scales ${name}`);
  const { minReplicas, maxReplicas, metrics, behavior } = found.spec as unknown as Spec;
  const percent = metrics.find(({ resource }) => resource !== undefined)?.resource?.target.averageUtilization ?? NaN;
  return {
    minReplicas,
    maxReplicas,
    cpu: percent / 100,
    podMetrics: new Map(
      metrics.flatMap(({ pods }) => (pods ? [[pods.metric.name, quantity(pods.target.averageValue)] as const] : [])),
    ),
    // Kubernetes adds pods at once where nobody says anything.
    scaleUpAfterSeconds: behavior?.scaleUp?.stabilizationWindowSeconds ?? 0,
  };
}

/**
 * The number of pods after each second, decided as by Kubernetes (pkg/controller/podautoscaler/horizontal.go): every 15 s the ratio of what
 * was measured to what should be, nothing within a tenth, and of all that was thought of in the window the least that is more.
 * `load`: of the target, on each of so many pods in that second; what is measured of it is the mean of 15 s. `phase`: when in these it begins.
 */
export function replicasOver(
  { minReplicas, maxReplicas, scaleUpAfterSeconds }: Autoscaler,
  load: (second: number, replicas: number) => number,
  { seconds, phase = 0 }: { seconds: number; phase?: number },
): number[] {
  const thoughts = [{ at: -LOOKS_EVERY_SECONDS, replicas: minReplicas }];
  const loads: number[] = [];
  const counts: number[] = [];
  let replicas = minReplicas;
  for (let second = 0; second < seconds; second += 1) {
    loads.push(load(second, replicas));
    if ((second + phase) % LOOKS_EVERY_SECONDS === 0) {
      const measured = mean(loads.slice(-SAMPLED_EVERY_SECONDS));
      const wanted = Math.abs(measured - 1) <= TOLERANCE ? replicas : Math.ceil(replicas * measured);
      thoughts.push({ at: second, replicas: Math.min(maxReplicas, Math.max(minReplicas, wanted)) });
      const within = (window: number) =>
        thoughts
          .slice(-1)
          .concat(thoughts.filter(({ at }) => at > second - window))
          .map((one) => one.replicas);
      const [up, down] = [Math.min(...within(scaleUpAfterSeconds)), Math.max(...within(SCALE_DOWN_AFTER_SECONDS))];
      replicas = up > replicas ? up : Math.min(replicas, down);
    }
    counts.push(replicas);
  }
  return counts;
}

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;
