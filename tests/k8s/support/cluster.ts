import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findHelm, type Helm } from '../../../tools/cli/src/cluster/helm.ts';
import { kubectl, kubectlJson, type ClusterRef, type KubectlOptions } from '../../../tools/cli/src/cluster/kubectl.ts';
import { openCluster } from '../../../tools/cli/src/cluster/options.ts';
import { REPO_ROOT } from '../../../tools/cli/src/home.ts';
import { waitFor } from '../../../tools/cli/src/shop/wait-for.ts';

/** A namespace and a port of the tests' own: a shop that is in use in the same cluster stays what it is. */
export const NAMESPACE = process.env.SOUK_K8S_NAMESPACE ?? 'souk-test';
export const NODE_PORT = process.env.SOUK_K8S_NODE_PORT ?? '30180';
/** Those that may be two of, in the groups that are restarted together: with more at once customers get too little of two cores. */
export const ROUNDS = [
  ['gateway'],
  ['catalog'],
  ['inventory'],
  ['order'],
  ['payment'],
  ['order-query', 'recommendation'],
] as const;
export const DEPLOYMENTS: readonly string[] = ROUNDS.flat();
/** One of it, always: who is signing in is in its memory. */
export const IDENTITY = 'identity';

const ON = ['--on', 'current', '--namespace', NAMESPACE];
/** The suite knows only KUBECONFIG; without it nothing here runs. */
export const ref: ClusterRef = await openCluster({ on: 'current', namespace: NAMESPACE });

export interface SoukResult {
  readonly exitCode: number;
  /** The JSON object of the last line. */
  readonly result: Readonly<Record<string, unknown>>;
  readonly output: string;
}

/** Runs `./souk <args> --on current --namespace … --json`. */
export async function souk(...args: readonly string[]): Promise<SoukResult> {
  const [command = '', ...rest] = args;
  const { exitCode, output } = await run(join(REPO_ROOT, 'souk'), [command, ...rest, ...ON, '--json']);
  const line =
    output
      .trimEnd()
      .split('\n')
      .findLast((one) => one.startsWith('{')) ?? '{}';
  return { exitCode, output, result: JSON.parse(line) as Record<string, unknown> };
}

/** As `souk`, but a failure is an error with all of the output. */
export async function soukOk(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { exitCode, result, output } = await souk(...args);
  if (exitCode !== 0) throw new Error(`./souk ${args.join(' ')} failed with ${exitCode}:\n${output}`);
  return result;
}

let helmFound: Promise<Helm> | undefined;
/** Runs helm in the namespace; a failure is an error with its output. */
export async function helm(...args: readonly string[]): Promise<string> {
  helmFound ??= findHelm();
  const { path } = await helmFound;
  const scope = ['--kube-context', ref.context, '--namespace', NAMESPACE];
  const { exitCode, output } = await run(path, [...args, ...scope]);
  if (exitCode !== 0) throw new Error(`helm ${args.join(' ')} failed:\n${output}`);
  return output;
}

export const kube = (args: readonly string[], options?: KubectlOptions): Promise<string> => kubectl(ref, args, options);

export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly containers: readonly Container[]; readonly initContainers?: readonly Container[] };
  readonly status: {
    readonly podIP?: string;
    readonly phase: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}
interface Container {
  readonly name: string;
  readonly image: string;
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
}
interface ContainerStatus {
  readonly name: string;
  readonly restartCount: number;
}

/** Pods that are not going, of one deployable or of all. */
export async function pods(name?: string): Promise<readonly Pod[]> {
  const selector = name === undefined ? [] : ['--selector', `app.kubernetes.io/name=${name}`];
  const { items } = await kubectlJson<{ items: Pod[] }>(ref, ['get', 'pods', ...selector]);
  return items.filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status.phase === 'Running');
}

/** Native sidecars included. */
export const containersOf = ({ spec }: Pod): readonly Container[] => [
  ...(spec.initContainers ?? []),
  ...spec.containers,
];

export const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;

export function restartsOf(pod: Pod, container: string): number {
  const all = [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])];
  return all.find(({ name }) => name === container)?.restartCount ?? 0;
}

/** kubectl is a large program: asking every 100 ms would take a core from the shop that is under load. */
export const LOOK_EVERY_MS = 1_000;

/** Waits until all pods of a deployable are ready, and there are `count` of them where that is said. */
export async function readyPods(name: string, count?: number): Promise<readonly Pod[]> {
  const ready = async () => {
    const found = await pods(name);
    return found.length > 0 && (count ?? found.length) === found.length && found.every(isReady) ? found : false;
  };
  return waitFor(`${count ?? 'all'} pods of ${name} are ready`, 90_000, ready, LOOK_EVERY_MS);
}

export async function rolledOut(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await kube(['rollout', 'status', `deployment/${name}`, '--timeout=180s'], { timeoutMs: 190_000 });
  }
}

/** Runs JavaScript in a container of ours (they have node and no shell) and answers what it printed. */
export function runInPod(pod: string, container: string, script: string): Promise<string> {
  return kube(['exec', pod, '--container', container, '--', 'node', '--input-type=module', '--eval', script]);
}

function run(command: string, args: readonly string[]): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: REPO_ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ exitCode: code ?? 1, output }));
  });
}
