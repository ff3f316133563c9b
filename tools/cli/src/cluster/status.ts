import { styleText } from 'node:util';
import { CliError } from '../errors.ts';
import { soukCommand } from '../souk-command.ts';
import { describeTrouble, snapshot, troubles } from './explain.ts';
import { reachableGateway } from './gateway.ts';
import { findHelm, listReleases } from './helm.ts';
import type { Release } from './helm.ts';
import { clusterTokens } from './identity.ts';
import type { ClusterRef } from './kubectl.ts';
import { topPods } from './memory.ts';
import type { ContainerMemory } from './memory.ts';
import type { Pod, Workload } from './objects.ts';
import { openCluster, shopOptions } from './options.ts';
import type { ClusterOptions } from './options.ts';
import { desiredCount, readiness, readyCount } from './trouble.ts';

export interface PodLine {
  readonly pod: string;
  readonly node: string | null;
  readonly phase: string;
  readonly restarts: number;
  readonly containers: readonly ContainerLine[];
}

export interface ContainerLine {
  readonly name: string;
  readonly image: string;
  readonly ready: boolean;
  readonly restarts: number;
  /** Null where no metrics-server answers, or it has not looked at the pod yet. */
  readonly memoryMiB: number | null;
}

export interface WorkloadLine {
  readonly name: string;
  readonly kind: Workload['kind'];
  readonly release: string;
  readonly ready: number;
  readonly desired: number;
  readonly pods: readonly PodLine[];
}

/** The shop of a namespace as it is now; exit code 1 unless everything that should be there is ready. */
export async function clusterStatus(options: ClusterOptions): Promise<Record<string, unknown>> {
  const ref = await openCluster(options);
  const [seen, memory, releases] = await Promise.all([snapshot(ref), topPods(ref), readReleases(ref)]);
  const { context, namespace } = ref;
  if (releases.known.length === 0 && seen.workloads.length === 0) {
    console.log(`  there is no shop in namespace ${namespace} of ${context}; ${soukCommand(shopOptions(ref), 'up')}`);
    return { context, namespace, running: false, healthy: false, workloads: [], status: 'failed' };
  }
  const gateway = await lookForGateway(ref);
  const workloads = workloadLines(seen, memory);
  const { waiting } = readiness(seen.workloads);
  const failed = releases.known
    .filter(({ status }) => status !== 'deployed')
    .map(({ name, status }) => `${name} (${status})`);
  for (const line of render(workloads, releases, gateway)) console.log(line);
  if (waiting.length > 0) for (const one of await troubles(ref)) console.log(`  ${describeTrouble(one)}`);
  const missing = [...waiting, ...failed];
  if (missing.length > 0) console.log(`  not ready: ${missing.join(', ')}`);
  const healthy = missing.length === 0;
  const urls = gateway.url === undefined ? {} : { gateway: gateway.url };
  const shown = releases.hidden === undefined ? releases.known : null;
  const status = healthy ? 'ok' : 'failed';
  return { context, namespace, running: true, healthy, releases: shown, workloads, urls, status };
}

interface SeenReleases {
  readonly known: readonly Release[];
  /** Why none could be read. */
  readonly hidden?: string;
}

/** Helm keeps releases in Secrets, which a viewer may not read; all the rest can be told without them. */
async function readReleases(ref: ClusterRef): Promise<SeenReleases> {
  try {
    return { known: await listReleases(await findHelm(), ref) };
  } catch (error) {
    const hidden = error instanceof CliError ? error.why : String(error);
    return { known: [], hidden };
  }
}

interface SeenGateway {
  readonly url?: string;
  readonly note: string;
}

/** Known by taking a token of the identity simulator beside it; where there is none to be had, it is not looked for. */
async function lookForGateway(ref: ClusterRef): Promise<SeenGateway> {
  const tokens = clusterTokens(ref);
  try {
    const found = await reachableGateway(ref, tokens.token);
    if (found) return { url: found.url, note: found.url };
    return { note: 'no port of a node is reachable from here; commands use a port-forward' };
  } catch (error) {
    const why = error instanceof CliError ? error.why : String(error);
    return { note: `not looked for: no token by which it is known (${why})` };
  } finally {
    await tokens.close();
  }
}

interface Seen {
  readonly pods: readonly Pod[];
  readonly workloads: readonly Workload[];
}

/** Workloads in the order of their releases and names, each with its pods and their containers, sidecars included. */
export function workloadLines(
  { pods, workloads }: Seen,
  memory: readonly ContainerMemory[] | undefined,
): WorkloadLine[] {
  const label = (meta: Workload['metadata'], name: string) => meta.labels?.[`app.kubernetes.io/${name}`] ?? '';
  const lines = workloads.map((one) => {
    const mine = pods.filter(({ metadata }) =>
      ['name', 'instance'].every((name) => label(metadata, name) === label(one.metadata, name)),
    );
    return {
      name: one.metadata.name,
      kind: one.kind,
      release: label(one.metadata, 'instance'),
      ready: readyCount(one),
      desired: desiredCount(one),
      pods: mine.map((pod) => podLine(pod, memory)),
    };
  });
  return lines.sort((a, b) => `${a.release} ${a.name}`.localeCompare(`${b.release} ${b.name}`));
}

function podLine({ metadata, spec, status }: Pod, memory: readonly ContainerMemory[] | undefined): PodLine {
  const used = (container: string) =>
    memory?.find((row) => row.pod === metadata.name && row.container === container)?.memoryMiB;
  // A native sidecar is an init container that goes on running; other init containers have ended.
  const statuses = [
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []).filter(({ state }) => !state?.terminated),
  ];
  // The image as it was asked for: a node that knows one image by several names reports any of them.
  const asked = [...spec.containers, ...(spec.initContainers ?? [])];
  const containers = statuses.map(({ name, ready, restartCount, ...status }) => {
    const memoryMiB = used(name);
    const image = asked.find((one) => one.name === name)?.image ?? status.image;
    return {
      name,
      image,
      ready,
      restarts: restartCount,
      memoryMiB: memoryMiB === undefined ? null : Math.round(memoryMiB),
    };
  });
  const restarts = containers.reduce((sum, one) => sum + one.restarts, 0);
  return { pod: metadata.name, node: spec.nodeName ?? null, phase: status.phase, restarts, containers };
}

function render(workloads: readonly WorkloadLine[], releases: SeenReleases, gateway: SeenGateway): string[] {
  const rows = workloads.flatMap(({ name, ready, desired, pods }) => [
    [name, `${ready}/${desired}`, '', '', '', ''],
    ...pods.flatMap(({ containers, node }) =>
      containers.map((one) => [
        `  ${one.name}`,
        one.ready ? 'ready' : 'not ready',
        tagOf(one.image),
        one.memoryMiB === null ? '' : `${one.memoryMiB} MiB`,
        String(one.restarts),
        node ?? '',
      ]),
    ),
  ]);
  const table = [['NAME', 'READY', 'IMAGE', 'MEMORY', 'RESTARTS', 'NODE'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const known = workloads.flatMap(({ pods }) => pods).flatMap(({ containers }) => containers);
  const total = known.reduce((sum, { memoryMiB }) => sum + (memoryMiB ?? 0), 0);
  return [
    ...table.map((row) => `  ${row.map((cell, at) => paint(cell, cell.padEnd(widths[at] ?? 0))).join('  ')}`.trimEnd()),
    `  ${total > 0 ? `${total} MiB in all` : 'memory not available: no metrics-server answers, or not yet'}`,
    ...releases.known.map(({ name, revision, status }) => `  release ${name}: revision ${revision}, ${status}`),
    ...(releases.hidden === undefined ? [] : [`  releases not visible: ${releases.hidden}`]),
    `  gateway: ${gateway.note}`,
  ];
}

/** `localhost/souk/order:0.1.0-3f9a…` → 0.1.0-3f9a…; images of others keep their name. */
export function tagOf(image: string): string {
  const name = image.split('/').at(-1) ?? image;
  return image.includes('/souk/') ? name.replace(/^[^:@]*[:@]/, '') : name;
}

function paint(cell: string, padded: string): string {
  if (cell === 'ready') return styleText('green', padded);
  return cell === 'not ready' ? styleText('red', padded) : padded;
}
