import { podsOf, selects, type Manifest, type Pod, type PolicySpec } from './manifests.ts';
import type { Rule } from './rules.ts';

/** Who may open a connection to whom, as the policies say when both ends are asked: `order -> payment.http`. */
export function allowedCalls(manifests: readonly Manifest[]): string[] {
  const pods = podsOf(manifests);
  return pods
    .flatMap((from) =>
      pods.flatMap((to) =>
        portsOf(to)
          .filter((port) => mayCall(manifests, from, to, port))
          .map((port) => `${nameOf(from)} -> ${nameOf(to)}.${port}`),
      ),
    )
    .sort();
}

/** Every peer that is named by the way out exists, has that port, and lets the caller in. */
export const callsArrive: Rule = (manifests) => {
  const pods = podsOf(manifests);
  return pods.flatMap((from) =>
    policiesOf(manifests, from).flatMap(({ egress }) =>
      (egress ?? []).flatMap(({ to, ports }) =>
        (to ?? [])
          .filter(({ podSelector, namespaceSelector }) => podSelector && !namespaceSelector)
          .flatMap(({ podSelector }) => {
            const port = String(ports?.[0]?.port);
            const name = podSelector?.matchLabels?.['app.kubernetes.io/name'];
            const targets = pods.filter(({ labels }) => selects(podSelector?.matchLabels, labels));
            return targets.some((target) => mayCall(manifests, from, target, port))
              ? []
              : [`${nameOf(from)} cannot reach ${name}.${port}`];
          }),
      ),
    ),
  );
};

/** A URL in a service's settings names a Service and a port that are there, and that the service may call. */
export const addressesAreCallable: Rule = (manifests) => {
  const allowed = new Set(allowedCalls(manifests));
  return manifests.flatMap(({ kind, metadata, data }) =>
    Object.entries(kind === 'ConfigMap' ? (data ?? {}) : {}).flatMap(([variable, value]) => {
      const [, host, port] = /^(?:\w+:\/\/)?([a-z][\w-]*):(\d+)(?:\/|$)/.exec(value) ?? [];
      if (host === undefined) return [];
      const service = manifests.find((one) => one.kind === 'Service' && one.metadata.name === host);
      const ports = (service?.spec?.ports ?? []) as { name: string; port: number; targetPort: string }[];
      const target = ports.find((one) => one.port === Number(port))?.targetPort;
      return allowed.has(`${metadata.name} -> ${host}.${target}`)
        ? []
        : [`${metadata.name}: ${variable}=${value} leads nowhere`];
    }),
  );
};

function mayCall(manifests: readonly Manifest[], from: Pod, to: Pod, port: string): boolean {
  const out = policiesOf(manifests, from).some(({ egress }) =>
    (egress ?? []).some(
      ({ to: peers, ports }) =>
        ports?.some((one) => one.port === port) &&
        peers?.some(
          (peer) => !peer.namespaceSelector && peer.podSelector && selects(peer.podSelector.matchLabels, to.labels),
        ),
    ),
  );
  const inward = policiesOf(manifests, to).some(({ ingress }) =>
    (ingress ?? []).some(
      ({ from: peers, ports }) =>
        ports?.some((one) => one.port === port) &&
        (peers === undefined ||
          peers.some(({ podSelector }) => podSelector && selects(podSelector.matchLabels, from.labels))),
    ),
  );
  return out && inward;
}

function policiesOf(manifests: readonly Manifest[], pod: Pod): PolicySpec[] {
  return manifests
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .map(({ spec }) => spec as unknown as PolicySpec)
    .filter(({ podSelector }) => selects(podSelector.matchLabels, pod.labels));
}

const nameOf = ({ labels }: Pod): string => labels['app.kubernetes.io/name'] ?? '';
const portsOf = ({ spec }: Pod): string[] =>
  spec.containers.flatMap(({ ports }) => (ports ?? []).map(({ name }) => name));
