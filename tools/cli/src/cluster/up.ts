import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../build.ts';
import { requireHealthyMachine } from '../doctor/require.ts';
import { REPO_ROOT } from '../home.ts';
import { openInstance } from '../instance.ts';
import { Progress } from '../output.ts';
import { seedAndOrder } from '../shop/first-order.ts';
import type { OrderResult } from '../shop/first-order.ts';
import { soukCommand } from '../souk-command.ts';
import { withLock } from '../system/lock.ts';
import { findHelm } from './helm.ts';
import type { Helm } from './helm.ts';
import { snapshot } from './explain.ts';
import { imageValues } from './images.ts';
import type { Image } from './images.ts';
import { kubectlJson } from './kubectl.ts';
import type { ClusterRef } from './kubectl.ts';
import { ensureKind } from './make-kind.ts';
import { sumMemory, topPods } from './memory.ts';
import { ensureNamespace } from './namespace.ts';
import type { List, Node, Pod } from './objects.ts';
import { openCluster, shopOptions } from './options.ts';
import type { ClusterOptions } from './options.ts';
import { ensurePriorityClasses } from './priority-classes.ts';
import { forgetImage, provideImages } from './provide-images.ts';
import { ReleaseError, upgradeRelease } from './release.ts';
import { clusterShop } from './shop.ts';
import type { ClusterShop } from './shop.ts';
import { clusterHome, createClusterHome } from './state.ts';
import type { ClusterHome } from './state.ts';

const INSTALLED_WITHIN_SECONDS = 300;

export interface ClusterUpOptions extends ClusterOptions {
  readonly imageRegistry: string;
  readonly imageBuilder?: string;
  readonly imageLoader?: string;
  readonly values: readonly string[];
  readonly infraValues: readonly string[];
  readonly profile: 'local' | 'ha';
  readonly nodePort?: number;
  /** False: without collectors; the trace store stays, and stays empty. */
  readonly tracing?: boolean;
  /** Pages and batches are put together by a deployment of their own. */
  readonly aggregation?: boolean;
  /** The gatekeeper stands in front, in a deployment of its own. */
  readonly gatekeeper?: boolean;
  readonly force: boolean;
  readonly order: boolean;
}

/** Everything from a kubectl context to a confirmed order; the same again upgrades with nothing changed. */
export async function clusterUp(options: ClusterUpOptions): Promise<Record<string, unknown>> {
  const startedAt = performance.now();
  const progress = new Progress();
  await requireHealthyMachine(openInstance('default'), { install: false, progress, cluster: options });
  const helm = await findHelm();
  if (options.on === 'kind') await ensureKind(progress);
  const ref = await progress.step('cluster', async (report) => {
    const opened = await openCluster(options);
    report.result(`${opened.context}, ${await describeCluster(opened)}, Helm ${helm.version}`);
    return opened;
  });
  const home = clusterHome(ref);
  createClusterHome(home);
  const lock = join(home.dir, `up-${ref.namespace}.lock`);
  return withLock(lock, async () => {
    const shop = await install({ ref, helm, home, options }, progress);
    try {
      const order = await seedAndOrder(shop, options, progress);
      return await summary(ref, shop, order, startedAt, options.tracing);
    } finally {
      await shop.close();
    }
  });
}

interface Install {
  readonly ref: ClusterRef;
  readonly helm: Helm;
  readonly home: ClusterHome;
  readonly options: ClusterUpOptions;
}

async function install(what: Install, progress: Progress): Promise<ClusterShop> {
  const { ref, home, options } = what;
  // This end signs tokens and knows the contracts as the services do.
  await progress.step('contracts', () => build(home, ['contracts']));
  const images = await provideImages(ref, home, wishOf(options), progress);
  await progress.step(`namespace ${ref.namespace}`, () => ensureNamespace(ref));
  if (options.profile === 'ha') await progress.step('priority classes', () => ensurePriorityClasses(ref));
  for (const release of releases(options, images)) {
    const { title, ...upgrade } = release;
    await upgradeRelease(title, { ...what, upgrade }, progress).catch(async (error: unknown) => {
      if (!(error instanceof ReleaseError)) throw error;
      if (error.trouble?.kind === 'image') await forgetImage(ref, home, error.trouble.image);
      throw error.cause;
    });
  }
  return progress.step('gateway', async (report) => {
    const shop = await clusterShop(ref);
    report.result(`${shop.gateway.url} (${shop.gateway.kind})`);
    return shop;
  });
}

function wishOf({ imageRegistry, imageBuilder, imageLoader, force }: ClusterUpOptions) {
  return { registry: imageRegistry, builder: imageBuilder, loader: imageLoader, force };
}

/** Of whichever is the door. The identity simulator answers 31 above, as by default (30080 and 30111), so that two shops share a cluster. */
const nodePorts = (gateway: number): string[] => [
  `gateway.public.nodePort=${gateway}`,
  `gatekeeper.public.nodePort=${gateway}`,
  `identity.public.nodePort=${gateway + 31}`,
];

/** Both releases with the values that say which images, which profile and which port. */
export function releases(
  options: Pick<
    ClusterUpOptions,
    'imageRegistry' | 'profile' | 'values' | 'infraValues' | 'nodePort' | 'tracing' | 'aggregation' | 'gatekeeper'
  >,
  images: readonly Image[],
) {
  const { imageRegistry, profile, values, infraValues, nodePort, tracing } = options;
  const apart = (['aggregation', 'gatekeeper'] as const)
    .filter((name) => options[name])
    .map((name) => join(REPO_ROOT, `charts/souk/values-${name}.yaml`));
  const profileOf = (chart: string) => {
    const file = join(REPO_ROOT, chart, `values-${profile}.yaml`);
    return existsSync(file) ? [file] : [];
  };
  return [
    {
      title: 'stores',
      release: 'infra',
      chart: 'charts/infra',
      values: [...profileOf('charts/infra'), ...infraValues],
      set: [],
      setString: imageValues(images, 'infra', imageRegistry),
      timeoutSeconds: INSTALLED_WITHIN_SECONDS,
    },
    {
      title: 'shop',
      release: 'souk',
      chart: 'charts/souk',
      values: [...profileOf('charts/souk'), ...apart, ...values],
      set: [
        ...(nodePort === undefined ? [] : nodePorts(nodePort)),
        ...(tracing === false ? ['global.collector.mode=none'] : []),
      ],
      setString: imageValues(images, 'souk', imageRegistry),
      timeoutSeconds: INSTALLED_WITHIN_SECONDS,
    },
  ];
}

async function describeCluster(ref: ClusterRef): Promise<string> {
  const { serverVersion } = await kubectlJson<{ serverVersion: { gitVersion: string } }>(ref, ['version']);
  const nodes = await kubectlJson<List<Node>>(ref, ['get', 'nodes'], { namespaced: false }).catch(() => undefined);
  const count = nodes ? `, ${nodes.items.length} node${nodes.items.length === 1 ? '' : 's'}` : '';
  return `Kubernetes ${serverVersion.gitVersion}${count}`;
}

async function summary(
  ref: ClusterRef,
  shop: ClusterShop,
  order: OrderResult,
  startedAt: number,
  tracing: boolean | undefined,
) {
  const memory = await memoryOf(ref);
  const elapsedMs = Math.round(performance.now() - startedAt);
  const used = memorySaid(memory);
  const next = (...commands: string[]) => commands.map((one) => soukCommand(shopOptions(ref), one)).join('   ');
  const { url, kind, door } = shop.gateway;
  const lasting = kind === 'port-forward' ? 'no port of a node is reachable from here, see Next' : url;
  console.log(`  Shop API ${lasting} · ${used} · ready after ${(elapsedMs / 1000).toFixed(1)} s`);
  const forwarding = `kubectl --context ${ref.context} --namespace ${ref.namespace} port-forward service/${door} 8080:http`;
  const trace = order.orderId && tracing !== false ? [`trace ${order.orderId}`] : [];
  console.log(
    `  Next: ${next('order', ...trace, 'status', 'logs order', 'down')}${kind === 'port-forward' ? `   ${forwarding}` : ''}`,
  );
  const urls = kind === 'port-forward' ? {} : { gateway: url };
  return { context: ref.context, namespace: ref.namespace, ...order, urls, elapsedMs, memoryMiB: memory ?? null };
}

type Memory = Awaited<ReturnType<typeof memoryOf>>;

function memorySaid(memory: Memory): string {
  if (!memory) return 'memory not available (no metrics-server answers, or not yet)';
  if (memory.unmeasured.length > 0)
    return `memory not measured yet, ${memory.unmeasured.length} pods are new: see status`;
  return `${memory.services} MiB services + ${memory.infra} MiB infrastructure`;
}

/** Memory of the shop and of its stores; metrics-server knows a new pod only after 15 to 60 s. */
async function memoryOf(ref: ClusterRef) {
  const rows = await topPods(ref);
  if (!rows) return undefined;
  const running = (await snapshot(ref)).pods.filter(({ status }) => status.phase === 'Running');
  const label = (pod: Pod, name: string) => pod.metadata.labels?.[`app.kubernetes.io/${name}`];
  const infra = running.filter((pod) => label(pod, 'instance') === 'infra').map(({ metadata }) => metadata.name);
  const measured = new Set(rows.map(({ pod }) => pod));
  const unmeasured = running
    .filter(({ metadata }) => !measured.has(metadata.name))
    .map((pod) => label(pod, 'name') ?? '?');
  return { ...sumMemory(rows, new Set(infra)), unmeasured };
}
