import type { Argv } from './argv.ts';
import { KIND_CLUSTER } from './options.ts';

/**
 * Everything that is asked of kind: the part before a kubectl context exists, and the way of images into its node. These
 * are tested as command lines, not against a kind; from the context on, kind is a cluster like any other.
 */
export const kind = {
  clusters: (): Argv => ({ command: 'kind', args: ['get', 'clusters'] }),
  /** Waits until the node is ready; the image of the node alone is several 100 MB. */
  create: (root: string): Argv => ({
    command: 'kind',
    args: ['create', 'cluster', '--name', KIND_CLUSTER, '--config', `${root}/k8s/kind.yaml`, '--wait', '300s'],
  }),
  /** The context may be missing in the kubeconfig of this shell though the cluster is there. */
  kubeconfig: (): Argv => ({ command: 'kind', args: ['export', 'kubeconfig', '--name', KIND_CLUSTER] }),
  remove: (): Argv => ({ command: 'kind', args: ['delete', 'cluster', '--name', KIND_CLUSTER] }),
  loadFromDocker: (cluster: string, refs: readonly string[]): Argv => ({
    command: 'kind',
    args: ['load', 'docker-image', '--name', cluster, ...refs],
  }),
  loadArchive: (cluster: string, file: string): Argv => ({
    command: 'kind',
    args: ['load', 'image-archive', '--name', cluster, file],
  }),
} as const;

/** True when `kind get clusters` lists ours; it says "No kind clusters found." on stderr otherwise. */
export function isListed(output: string): boolean {
  return output.split('\n').some((line) => line.trim() === KIND_CLUSTER);
}

/** The commands that lead to a working context `kind-souk`, in their order. */
export function kindUp(root: string, listed: boolean): readonly Argv[] {
  return [...(listed ? [] : [kind.create(root)]), kind.kubeconfig()];
}

/** The cluster behind a context that kind made: kind-souk → souk. */
export function kindClusterOf(context: string): string | undefined {
  return context.startsWith('kind-') ? context.slice('kind-'.length) : undefined;
}
