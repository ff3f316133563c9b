import { containersOf, kube, NAMESPACE, runInPod, type Pod } from './cluster.ts';

/** An address that pods may try: `order.http` at an address of a pod. */
export interface Target {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export const nameOf = ({ metadata }: Pod): string => metadata.labels['app.kubernetes.io/name'] ?? '';

/** Every port that a container of these pods declares. */
export function targetsOf(pods: readonly Pod[]): Target[] {
  return pods.flatMap((pod) =>
    containersOf(pod).flatMap(({ ports }) =>
      (ports ?? []).map(({ name, containerPort }) => ({
        name: `${nameOf(pod)}.${name}`,
        host: pod.status.podIP ?? '',
        port: containerPort,
      })),
    ),
  );
}

/** Those of the targets that a pod can open a connection to, tried all at once; one of several pods is enough. */
export async function reachableFrom(pod: string, container: string, targets: readonly Target[]): Promise<string[]> {
  const open = JSON.parse(await runInPod(pod, container, tryAll(targets))) as string[];
  return [...new Set(open)].sort();
}

const tryAll = (targets: readonly Target[]): string => `
  import { connect } from 'node:net';
  const opens = ({ name, host, port }) => new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (open) => { socket.destroy(); resolve(open ? [name] : []); };
    setTimeout(() => end(false), 2000);
    socket.on('connect', () => end(true)).on('error', () => end(false));
  });
  console.log(JSON.stringify((await Promise.all(${JSON.stringify(targets)}.map(opens))).flat()));
`;

export const NOBODY = 'nobody';

/** A pod of the namespace that no chart declares, hence under nothing but the default deny. */
export async function startNobody(image: string): Promise<void> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: NOBODY, namespace: NAMESPACE, labels: { 'app.kubernetes.io/name': NOBODY } },
    spec: {
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: NOBODY,
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '--eval', 'setTimeout(() => {}, 600_000)'],
          resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  };
  await kube(['apply', '--filename', '-'], { input: JSON.stringify(pod) });
  await kube(['wait', `pod/${NOBODY}`, '--for=condition=Ready', '--timeout=50s']);
}

export async function stopNobody(): Promise<void> {
  await kube(['delete', 'pod', NOBODY, '--ignore-not-found', '--wait=false']);
}
