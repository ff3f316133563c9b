import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { CliError } from '../errors.ts';
import { REPO_ROOT } from '../home.ts';
import type { Progress } from '../output.ts';
import { readIfThere } from '../system/files.ts';
import { runCommand } from '../system/run-command.ts';
import type { Argv } from './argv.ts';
import { buildCommand, buildSecrets, ENGINES } from './engine.ts';
import type { Engine } from './engine.ts';
import { run } from './helm.ts';
import { imagesOf } from './images.ts';
import type { Image } from './images.ts';
import { kubectl, kubectlJson } from './kubectl.ts';
import type { ClusterRef } from './kubectl.ts';
import { isRemote, loadCommands } from './loader.ts';
import type { List, Node } from './objects.ts';
import { readImageRecord, writeImageRecord } from './state.ts';
import type { ClusterHome, ImageRecord } from './state.ts';

export interface ImageWish {
  readonly registry: string;
  readonly builder: string | undefined;
  readonly loader: string | undefined;
  /** Build and bring all of them, whatever is known. */
  readonly force: boolean;
}

/** A kubelet lists this many images at most, and new ones only after a while. */
const NODE_LISTS_AT_MOST = 50;
const NODE_LISTS_WITHIN_MS = 90_000;

/** Builds what changed since it was last brought to this cluster, brings it there, and says what the charts must run. */
export async function provideImages(
  ref: ClusterRef,
  home: ClusterHome,
  wish: ImageWish,
  progress: Progress,
): Promise<readonly Image[]> {
  const images = imagesOf(REPO_ROOT, wish.registry);
  const record = readImageRecord(home, await clusterUid(ref));
  const gone = isRemote(wish.registry) ? new Set<string>() : await goneFromNodes(ref, record);
  const wanted = images.filter(({ ref: image }) => wish.force || !(image in record.loadedAt) || gone.has(image));
  if (wanted.length === 0) {
    await progress.step('images', async (report) => report.result(`${images.length}, none changed`));
    return images;
  }
  const engine = await findEngine(wish.builder);
  // One after the other: the first makes the layers that all others share.
  for (const image of wanted)
    await buildImage(image, { engine, home, fresh: wish.force && image === wanted[0] }, progress);
  await load(wanted, { ref, home, wish, engine }, progress);
  remember(home, record, wanted, sameAgain(images, wish.registry));
  return images;
}

/** A pod did not find it: the next `up` builds and loads it anew, whatever was known. */
export async function forgetImage(ref: ClusterRef, home: ClusterHome, image: string | undefined): Promise<void> {
  const { cluster, loadedAt } = readImageRecord(home, await clusterUid(ref));
  const others = Object.entries(loadedAt).filter(([loaded]) => loaded !== image);
  writeImageRecord(home, { cluster, loadedAt: Object.fromEntries(others) });
}

/** False when sources changed while images were built of them: those may hold other content than their tag says. */
function sameAgain(images: readonly Image[], registry: string): boolean {
  const now = imagesOf(REPO_ROOT, registry).map(({ ref }) => ref);
  return images.every(({ ref }, index) => ref === now[index]);
}

function remember(home: ClusterHome, record: ImageRecord, loaded: readonly Image[], trusted: boolean): void {
  if (!trusted) return;
  const now = Object.fromEntries(loaded.map(({ ref }) => [ref, Date.now()]));
  writeImageRecord(home, { cluster: record.cluster, loadedAt: { ...record.loadedAt, ...now } });
}

/** The command that the user names, else the first engine that answers: a docker client alone builds nothing. */
export async function findEngine(builder: string | undefined): Promise<Engine> {
  if (builder) return { kind: 'command', command: builder };
  for (const { kind, asks } of ENGINES) {
    const answer = await run(asks).catch(() => '');
    if (answer.trim() !== '') return { kind };
  }
  throw new CliError(
    'the images cannot be built',
    `none of ${ENGINES.map(({ kind }) => kind).join(', ')} answers on this machine`,
    'install and start one of them (https://docs.docker.com/engine/install), or name a command with --image-builder',
  );
}

interface BuildHow {
  readonly engine: Engine;
  readonly home: ClusterHome;
  readonly fresh: boolean;
}

async function buildImage({ ref, folder, tag }: Image, { engine, home, fresh }: BuildHow, progress: Progress) {
  const npmrc = join(homedir(), '.npmrc');
  const secrets = buildSecrets({ env: process.env, npmrc: { path: npmrc, text: readIfThere(npmrc) } });
  const argv = buildCommand(engine, { ref, root: REPO_ROOT, folder, version: tag, secrets, fresh });
  const name = basename(folder);
  await progress.step(`image ${name}`, () =>
    runArgv(argv, `building image ${name}`, join(home.logsDir, `image-${name}.log`), {
      fix: 'the network, the npm registry and the disk are what builds stumble over; the whole output is in',
    }),
  );
}

interface LoadHow {
  readonly ref: ClusterRef;
  readonly home: ClusterHome;
  readonly wish: ImageWish;
  readonly engine: Engine;
}

async function load(images: readonly Image[], { ref, home, wish, engine }: LoadHow, progress: Progress): Promise<void> {
  const commands = loadCommands({
    engine,
    context: ref.context,
    registry: wish.registry,
    loader: wish.loader,
    refs: images.map(({ ref: image }) => image),
    scratch: home.dir,
  });
  if (commands.length === 0) return;
  await progress.step('images into the cluster', async (report) => {
    for (const argv of commands)
      await runArgv(argv, 'bringing an image into the cluster', join(home.logsDir, 'image-load.log'), {});
    report.result(String(images.length));
  });
}

/** Runs a command with its output in a log file that the hint names. */
export function runArgv(argv: Argv, what: string, logFile: string, { fix }: { readonly fix?: string }): Promise<void> {
  const hint = fix === undefined ? `the whole output is in ${logFile}` : `${fix} ${logFile}`;
  return runCommand({ what, ...argv, cwd: REPO_ROOT, logFile, fix: hint });
}

function clusterUid(ref: ClusterRef): Promise<string> {
  const args = ['get', 'namespace', 'kube-system', '--output', 'jsonpath={.metadata.uid}'];
  return kubectl(ref, args, { namespaced: false });
}

/** Images that we brought to the cluster and that a node lacks now, as far as nodes say what they have. */
async function goneFromNodes(ref: ClusterRef, record: ImageRecord): Promise<ReadonlySet<string>> {
  const nodes = await kubectlJson<List<Node>>(ref, ['get', 'nodes'], { namespaced: false }).catch(() => ({
    items: [],
  }));
  return missingOnNodes(nodes.items, record.loadedAt, Date.now());
}

export function missingOnNodes(
  nodes: readonly Node[],
  loadedAt: Readonly<Record<string, number>>,
  now: number,
): ReadonlySet<string> {
  const lists = nodes.map(({ status }) => status.images ?? []).filter((images) => images.length < NODE_LISTS_AT_MOST);
  const names = lists.map((images) => new Set(images.flatMap((image) => image.names ?? [])));
  const listed = (ref: string, node: ReadonlySet<string>) => node.has(ref) || node.has(`docker.io/${ref}`);
  const old = Object.entries(loadedAt).filter(([, at]) => now - at > NODE_LISTS_WITHIN_MS);
  return new Set(old.map(([ref]) => ref).filter((ref) => names.some((node) => !listed(ref, node))));
}
