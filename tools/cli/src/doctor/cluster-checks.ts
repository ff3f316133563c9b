import { readFileSync, statfsSync } from 'node:fs';
import { findEngine } from '../cluster/provide-images.ts';
import { HELM_URL, helmPath, helmVersion, isKnownHelm } from '../cluster/helm.ts';
import { openCluster } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { describeError } from '../errors.ts';
import { lookUp } from '../infra/toolchain.ts';
import { readIfThere } from '../system/files.ts';
import type { Finding, Weight } from './finding.ts';
import { availableMiB } from './judge.ts';
import { cgroupVersion, INOTIFY_FIX, inotifyIsEnough } from './judge-cluster.ts';

/** The node of kind, the shop and its stores, with room for an image build. */
const KIND_NEEDS_MEMORY_MIB = 3_500;

export interface ClusterQuestion extends ClusterOptions {
  readonly imageBuilder?: string;
}

/** On the host nothing of this is needed; what it says then is what --on would miss. */
const HOST: ClusterQuestion = { on: 'host', namespace: 'souk' };

/** Looks at what `up --on` needs of this machine; without a question, for information. `up` asks the cluster itself. */
export async function examineForCluster(question: ClusterQuestion = HOST, only?: Weight): Promise<Finding[]> {
  const { on } = question;
  const asked = on !== 'host';
  const always = [engine(question), kubectl(asked), helm(asked), kindTool(on === 'kind')];
  if (only === 'required') return Promise.all(always);
  const forKind = on === 'kind' ? [cgroup(), inotify(), memory()] : [];
  const forCurrent = on === 'current' ? [cluster(question)] : [];
  return Promise.all([...always, ...forKind, ...forCurrent]);
}

const weightOf = (asked: boolean): Weight => (asked ? 'required' : 'optional');
const fixOf = (asked: boolean, fix: string): string => (asked ? fix : `only for --on: ${fix}`);

async function engine({ on, imageBuilder }: ClusterQuestion): Promise<Finding> {
  const asked = on !== 'host';
  const builder = imageBuilder ?? process.env.SOUK_IMAGE_BUILDER;
  const found = await findEngine(builder).catch(() => undefined);
  const by = found?.kind === 'command' ? found.command : found?.kind;
  const detail = by === undefined ? 'none of docker, podman and buildah answers' : `images are built by ${by}`;
  const fix = fixOf(
    asked,
    'start one of them (https://docs.docker.com/engine/install), or name a builder: --image-builder',
  );
  return { id: 'image-engine', weight: weightOf(asked), ok: found !== undefined, detail, fix };
}

async function kubectl(asked: boolean): Promise<Finding> {
  const path = lookUp('kubectl');
  const fix = fixOf(asked, 'install kubectl: https://kubernetes.io/docs/tasks/tools');
  return { id: 'kubectl', weight: weightOf(asked), ok: path !== undefined, detail: path ?? 'not found', fix };
}

async function helm(asked: boolean): Promise<Finding> {
  const path = helmPath();
  const version = path === undefined ? '' : await helmVersion(path).catch(() => '');
  const detail = path === undefined ? 'not found' : `${path} ${version || 'of unknown version'}`;
  const fix = fixOf(asked, `install Helm 3 or 4: ${HELM_URL}`);
  return { id: 'helm', weight: weightOf(asked), ok: isKnownHelm(version), detail, fix };
}

/** kind runs its node in docker or podman; buildah only builds. */
async function kindTool(asked: boolean): Promise<Finding> {
  const path = lookUp('kind');
  const runs =
    path !== undefined &&
    ['docker', 'podman'].includes((await findEngine(undefined).catch(() => undefined))?.kind ?? '');
  const detail = path === undefined ? 'not found' : runs ? path : `${path}, but neither docker nor podman answers`;
  const fix = `${asked ? '' : 'only for --on kind: '}install kind (https://kind.sigs.k8s.io/docs/user/quick-start) and docker or podman`;
  return { id: 'kind', weight: weightOf(asked), ok: runs, detail, fix };
}

async function cluster(question: ClusterQuestion): Promise<Finding> {
  const base = { id: 'cluster', weight: 'required' as const };
  try {
    const { context } = await openCluster(question);
    return { ...base, ok: true, detail: `the cluster of context '${context}' answers`, fix: '' };
  } catch (error) {
    const { why, fix } = describeError(error);
    return { ...base, ok: false, detail: why, fix };
  }
}

async function cgroup(): Promise<Finding> {
  const version = cgroupVersion(statfsSync('/sys/fs/cgroup').type);
  return {
    id: 'cgroup',
    weight: 'advised',
    ok: version === 2,
    detail: `version ${version}${version === 1 ? ': the node of k8s/kind.yaml takes it, nodes from Kubernetes 1.35 on do not' : ''}`,
    fix: 'boot with systemd.unified_cgroup_hierarchy=1, and keep the node image of k8s/kind.yaml until then',
  };
}

async function inotify(): Promise<Finding> {
  const read = (name: string) => Number(readIfThere(`/proc/sys/fs/inotify/max_user_${name}`) ?? 0);
  const limits = { instances: read('instances'), watches: read('watches') };
  return {
    id: 'inotify',
    weight: 'advised',
    ok: inotifyIsEnough(limits),
    detail: `${limits.instances} instances and ${limits.watches} watches a user; pods end with "too many open files" where they run out`,
    fix: INOTIFY_FIX,
  };
}

async function memory(): Promise<Finding> {
  const free = Math.round(availableMiB(readFileSync('/proc/meminfo', 'utf8')));
  return {
    id: 'cluster-memory',
    weight: 'advised',
    ok: free >= KIND_NEEDS_MEMORY_MIB,
    detail: `${free} MiB available for kind, the shop and a build`,
    fix: `close something: they want ${KIND_NEEDS_MEMORY_MIB} MiB together; on Docker Desktop give its machine as much`,
  };
}
