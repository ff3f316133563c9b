import { containersOf, podsOf, selects, type Manifest, type Pod, type PolicySpec } from './manifests.ts';

/** A rule looks at the objects of an installation and says what is wrong; nothing when it is in order. */
export type Rule = (manifests: readonly Manifest[]) => string[];

const LABELS = ['name', 'instance', 'version', 'part-of', 'managed-by'].map((name) => `app.kubernetes.io/${name}`);
/** The longest that a process takes from SIGTERM to its end, and then its sidecars together. */
const STOP_SECONDS = 15;
const SIDECARS_STOP_SECONDS = 5;

/** What a rule allows after all, and why. A reason that nobody needs any more fails a test. */
export const EXCEPTIONS = {
  'writable root': {
    image: /\/grafana\/otel-lgtm[:@]/,
    reason:
      'otel-lgtm is six servers behind a script that writes beside itself; an option for development, as its makers say',
  },
  'no disruption budget': {
    object: /^DaemonSet\//,
    reason: 'draining a node does not evict the pods of a DaemonSet, so no budget is asked, and none is made',
  },
} as const;

/** A rule about single pods, told as sentences that begin with the object. */
const forPods =
  (check: (pod: Pod) => string[]): Rule =>
  (manifests) =>
    podsOf(manifests).flatMap((pod) => check(pod).map((text) => `${pod.of} ${text}`));

export const imagesAreVersioned = forPods((pod) =>
  containersOf(pod)
    .filter(({ image }) => /:latest(@|$)/.test(image) || !/(:[\w.-]+|@sha256:[0-9a-f]{64})$/.test(image))
    .map(({ image }) => `uses ${image}, which is no fixed version`),
);

export const imagesAreDigests = forPods((pod) =>
  containersOf(pod)
    .filter(({ image }) => !/@sha256:[0-9a-f]{64}$/.test(image))
    .map(({ image }) => `uses ${image}, which may change`),
);

export const podsAreRestricted = forPods((pod) => {
  const { spec } = pod;
  const wrong: string[] = [];
  if (spec.securityContext?.runAsNonRoot !== true) wrong.push('may run as root');
  if (spec.securityContext?.seccompProfile?.type !== 'RuntimeDefault') wrong.push('has no seccomp profile');
  if (spec.automountServiceAccountToken !== false) wrong.push('mounts a token');
  for (const { name, image, securityContext } of containersOf(pod)) {
    const mayWrite = EXCEPTIONS['writable root'].image.test(image);
    if (securityContext?.allowPrivilegeEscalation !== false) wrong.push(`lets ${name} escalate privileges`);
    if (securityContext?.readOnlyRootFilesystem !== true && !mayWrite) wrong.push(`lets ${name} write to its root`);
    if (securityContext?.capabilities?.drop?.includes('ALL') !== true) wrong.push(`leaves ${name} capabilities`);
  }
  return wrong;
});

export const resourcesAreStated = forPods((pod) =>
  containersOf(pod).flatMap(({ name, resources }) =>
    resources?.requests?.cpu && resources.requests.memory && resources.limits?.memory
      ? []
      : [`does not say what ${name} needs`],
  ),
);

export const serversAreProbed = forPods((pod) =>
  (pod.serves ? pod.spec.containers : []).flatMap((container) => {
    const { startupProbe, readinessProbe, livenessProbe } = container;
    if (!startupProbe || !readinessProbe || !livenessProbe)
      return [`does not probe ${container.name} in all three ways`];
    const http = 'httpGet' in readinessProbe && 'httpGet' in livenessProbe;
    // A store that is away makes a service unready; restarting the service for it would only add to the trouble.
    return http && JSON.stringify(readinessProbe.httpGet) === JSON.stringify(livenessProbe.httpGet)
      ? [`restarts ${container.name} for what makes it unready`]
      : [];
  }),
);

export const stopsFitIntoGrace = forPods((pod) =>
  pod.spec.containers.flatMap(({ lifecycle }) => {
    const drain = lifecycle?.preStop?.sleep?.seconds;
    if (drain === undefined) return [];
    return drain + STOP_SECONDS + SIDECARS_STOP_SECONDS < (pod.spec.terminationGracePeriodSeconds ?? 30)
      ? []
      : ['is killed before it has stopped'];
  }),
);

export const objectsAreLabelled: Rule = (manifests) =>
  manifests.flatMap(({ kind, metadata }) =>
    LABELS.filter((label) => !metadata.labels?.[label]).map((label) => `${kind}/${metadata.name} lacks ${label}`),
  );

export const podsAreGuarded: Rule = (manifests) =>
  podsOf(manifests).flatMap((pod) => {
    const guards = (kind: string) =>
      manifests.filter((one) => one.kind === kind).map(({ spec }) => spec as Record<string, unknown> | undefined);
    const isolated = (guards('NetworkPolicy') as unknown as PolicySpec[]).some(
      ({ podSelector, policyTypes }) =>
        selects(podSelector.matchLabels, pod.labels) &&
        policyTypes?.includes('Ingress') &&
        policyTypes.includes('Egress'),
    );
    const budgeted = (guards('PodDisruptionBudget') as { selector: { matchLabels: Record<string, string> } }[]).some(
      ({ selector }) => selects(selector.matchLabels, pod.labels),
    );
    const wanted = pod.serves && !EXCEPTIONS['no disruption budget'].object.test(pod.of);
    return [
      ...(isolated ? [] : [`${pod.of} has no policy for both directions`]),
      ...(budgeted === wanted ? [] : [`${pod.of} has ${budgeted ? 'a useless' : 'no'} disruption budget`]),
    ];
  });

/** Every Secret and key that a pod names is made by somebody; what looks like a secret is never given as text. */
export const secretsAreReferences: Rule = (manifests) => {
  const made = new Map(
    manifests.filter(({ kind }) => kind === 'Secret').map((one) => [one.metadata.name, one.data ?? {}]),
  );
  const wrong = podsOf(manifests).flatMap((pod) => {
    const keys = containersOf(pod).flatMap(({ env }) =>
      (env ?? []).flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []),
    );
    const files = (pod.spec.volumes ?? []).flatMap(({ secret }) => secret?.secretName ?? []);
    return [
      ...keys
        .filter(({ name, key }) => made.get(name)?.[key] === undefined)
        .map(({ name, key }) => `${pod.of} wants ${name}/${key}`),
      ...files.filter((name) => !made.has(name)).map((name) => `${pod.of} wants ${name}`),
    ];
  });
  const plain = manifests
    .filter(({ kind }) => kind === 'ConfigMap')
    .filter(({ data }) => Object.values(data ?? {}).some((value) => /:\/\/[^/\s]*:[^/\s]*@|PRIVATE KEY/.test(value)))
    .map(({ metadata }) => `ConfigMap/${metadata.name} holds a secret`);
  return [...wrong, ...plain];
};
