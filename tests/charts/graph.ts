import {
  containersOf,
  podsOf,
  selects,
  type Container,
  type Manifest,
  type Pod,
  type PolicyPeer,
  type PolicySpec,
} from './manifests.ts';
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

/** An address in the settings of a pod, sidecars included, names a Service and a port that are there and that it may call. */
export const addressesAreCallable: Rule = (manifests) => {
  const allowed = new Set(allowedCalls(manifests));
  return addressesOf(manifests).flatMap(({ caller, host, port }) => {
    if (host === 'localhost') return [];
    const service = manifests.find((one) => one.kind === 'Service' && one.metadata.name === host);
    const ports = (service?.spec?.ports ?? []) as { name: string; port: number; targetPort: string }[];
    const target = ports.find((one) => one.port === port)?.targetPort;
    // A second Service of the same pods has a name of its own.
    const selected = (service?.spec?.selector ?? {}) as Readonly<Record<string, string>>;
    return allowed.has(`${caller} -> ${selected['app.kubernetes.io/name'] ?? host}.${target}`)
      ? []
      : [`${caller}: ${host}:${port} leads nowhere`];
  });
};

/** No policy lets in whoever comes, and none lets out to wherever. */
export const peersAreNamed: Rule = (manifests) =>
  manifests
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .flatMap(({ metadata, spec }) => {
      const { ingress, egress } = spec as unknown as PolicySpec;
      const inward = (ingress ?? []).filter(({ from }) => isAnybody(from)).flatMap(portsNamed);
      const out = (egress ?? []).filter(({ to }) => isAnybody(to)).flatMap(portsNamed);
      return [
        ...inward.map(({ port }) => `${metadata.name} lets everybody in at ${port}`),
        ...out.map(({ port }) => `${metadata.name} goes everywhere at ${port}`),
      ];
    });

/** A rule without ports means all of them. */
const portsNamed = ({ ports }: { readonly ports?: readonly { port?: string | number }[] }) =>
  ports?.length ? ports : [{ port: 'every port' }];

/** Whom the policies let pods call outside of their namespace, the cluster's DNS aside: `order -> 192.0.2.0/24:443`. */
export function externalCalls(manifests: readonly Manifest[]): string[] {
  return manifests
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .flatMap(({ metadata, spec }) =>
      ((spec as unknown as PolicySpec).egress ?? []).flatMap(({ to, ports }) =>
        (to ?? []).flatMap(({ namespaceSelector, ipBlock }) => {
          const place = ipBlock?.cidr ?? namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'];
          return place === undefined || place === 'kube-system'
            ? []
            : [`${metadata.name} -> ${place}:${ports?.[0]?.port}`];
        }),
      ),
    )
    .sort();
}

const isAnybody = (peers: readonly PolicyPeer[] | undefined): boolean =>
  !peers?.length || peers.some(({ ipBlock }) => ipBlock?.cidr.endsWith('/0'));

function addressesOf(manifests: readonly Manifest[]): { caller: string; host: string; port: number }[] {
  const texts = [
    ...manifests
      .filter(({ kind }) => kind === 'ConfigMap')
      .map(
        ({ metadata, data }) => [metadata.labels?.['app.kubernetes.io/name'] ?? '', Object.values(data ?? {})] as const,
      ),
    ...podsOf(manifests).map((pod) => [nameOf(pod), containersOf(pod).flatMap(valuesOf)] as const),
  ];
  return texts.flatMap(([caller, values]) =>
    values.flatMap((value) =>
      [...value.matchAll(/(?:^|\w:\/\/)([a-z][\w-]*):(\d+)(?=[\s/,]|$)/g)].map(([, host = '', port]) => ({
        caller,
        host,
        port: Number(port),
      })),
    ),
  );
}

const valuesOf = ({ env }: Container): string[] => (env ?? []).flatMap(({ value }) => value ?? []);

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
