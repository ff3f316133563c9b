import { containersOf, podsOf, type Container, type Pod } from './manifests.ts';
import { quantity } from './quota.ts';
import type { Rule } from './rules.ts';

/** Containers that live beside the service: started before it in this order, ended after it in the opposite one. */
export function sidecarsOf({ spec }: Pod): readonly Container[] {
  return (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
}

/** The collector is up before whoever sends it spans, and goes last; a sidecar says when it has started and when it hangs. */
export const sidecarsAreInOrder: Rule = (manifests) =>
  podsOf(manifests).flatMap((pod) => {
    const sidecars = sidecarsOf(pod);
    const names = sidecars.map(({ name }) => name);
    const wanted = [...names].sort((a, b) => rank(a) - rank(b));
    return [
      ...(names.join() === wanted.join() ? [] : [`${pod.of} starts ${names.join(', ')} in this order`]),
      ...(pod.spec.initContainers ?? [])
        .filter((container) => !sidecars.includes(container))
        .map(({ name }) => `${pod.of} waits for ${name} to end`),
      ...sidecars
        .filter(({ startupProbe, livenessProbe }) => !startupProbe || !livenessProbe)
        .map(({ name }) => `${pod.of} does not probe ${name}`),
      ...(isService(pod) ? pod.spec.containers : [])
        .filter(({ name }) => rank(name) < SERVICE)
        .map(({ name }) => `${pod.of} runs ${name} as a container like any other`),
    ];
  });

const ORDER = ['collector', 'ambassador'];
const SERVICE = ORDER.length;
const rank = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : SERVICE);

/** A Secret that the ambassador reads is mounted in its container and in no other. */
export const credentialsStayWithTheAmbassador: Rule = (manifests) =>
  podsOf(manifests).flatMap((pod) => {
    const ambassador = sidecarsOf(pod).find(({ name }) => name === 'ambassador');
    if (ambassador === undefined) return [];
    const secretOf = (volume: string) => pod.spec.volumes?.find(({ name }) => name === volume)?.secret?.secretName;
    const secretsIn = (container: Container) => [
      ...(container.volumeMounts ?? []).flatMap(({ name }) => secretOf(name) ?? []),
      ...(container.env ?? []).flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []),
      ...(container.envFrom ?? []).flatMap(({ secretRef }) => secretRef?.name ?? []),
    ];
    const credentials = new Set(secretsIn(ambassador));
    const others = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].filter((one) => one !== ambassador);
    return others.flatMap((container) =>
      secretsIn(container)
        .filter((secret) => credentials.has(secret))
        .map((secret) => `${pod.of} shows ${secret} of the ambassador to ${container.name}`),
    );
  });

/** Whatever charts/service renders. */
const isService = ({ labels }: Pod): boolean => labels['app.kubernetes.io/component'] === 'service';

/** Every service sends its spans to the collector of its own pod, which is there. */
export const servicesAreTraced: Rule = (manifests) =>
  podsOf(manifests)
    .filter(isService)
    .flatMap((pod) => {
      const name = pod.labels['app.kubernetes.io/name'];
      const settings = manifests.find((one) => one.kind === 'ConfigMap' && one.metadata.name === name)?.data ?? {};
      return [
        ...(sidecarsOf(pod).some((one) => one.name === 'collector') ? [] : [`${pod.of} has no collector`]),
        ...(settings.OTEL_EXPORTER_OTLP_ENDPOINT === 'http://127.0.0.1:4318'
          ? []
          : [`${pod.of} sends spans elsewhere`]),
      ];
    });

/** A collector refuses spans before Go or the kernel runs out: its own limit, then the aim of its runtime, then that of the container. */
export const collectorsFitIntoTheirLimit: Rule = (manifests) =>
  podsOf(manifests).flatMap((pod) =>
    containersOf(pod)
      .filter(({ name }) => name === 'collector')
      .flatMap(({ env, resources }) => {
        const mib = (name: string) => Number.parseInt(env?.find((one) => one.name === name)?.value ?? '', 10);
        const limit = quantity(resources?.limits?.memory ?? '0') / 2 ** 20;
        const [refuses, aim] = [mib('MEMORY_LIMIT_MIB'), mib('GOMEMLIMIT')];
        return refuses <= aim && aim <= limit * 0.8
          ? []
          : [`${pod.of}: a collector of ${refuses}, ${aim}, ${limit} MiB`];
      }),
  );
