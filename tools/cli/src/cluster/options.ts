import { execFileSync } from 'node:child_process';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { CliError } from '../errors.ts';
import { kubectl } from './kubectl.ts';
import type { ClusterRef } from './kubectl.ts';

export type On = 'host' | 'kind' | 'current';

/** Where a command works: this machine's processes, the kind cluster named souk, or the cluster of a kubectl context. */
export interface ClusterOptions {
  readonly on: On;
  readonly context?: string;
  readonly namespace: string;
}

export const KIND_CLUSTER = 'souk';
export const KIND_CONTEXT = `kind-${KIND_CLUSTER}`;
const ANSWERS_WITHIN_MS = 10_000;

/** Adds --on, --context and --namespace to a command. */
export function withClusterOptions(command: Command): Command {
  return command
    .option('--on <where>', 'host, kind (the kind cluster souk) or current (any kubectl context)', where, 'host')
    .option('--context <name>', 'with --on current: the kubectl context; default: the current one')
    .option('--namespace <name>', 'with --on: the namespace of the shop', namespace, 'souk');
}

export function isOnCluster(options: ClusterOptions): boolean {
  return options.on !== 'host';
}

/** The namespace that the options mean. Nothing is asked of the cluster. */
export function clusterRef(options: ClusterOptions): ClusterRef {
  if (options.on === 'kind') return { context: KIND_CONTEXT, namespace: options.namespace };
  const { context, namespace } = options;
  return context === undefined ? { context: currentContext(), namespace, isCurrent: true } : { context, namespace };
}

/** The namespace that the options mean, in a cluster that answers; a CliError says why it does not. */
export async function openCluster(options: ClusterOptions): Promise<ClusterRef> {
  const ref = clusterRef(options);
  const ask = kubectl(ref, ['get', '--raw', '/version'], { timeoutMs: ANSWERS_WITHIN_MS, namespaced: false });
  await ask.catch((error: unknown) => {
    if (!(error instanceof CliError)) throw error;
    throw new CliError('there is no cluster to work with', error.why, error.fix, { cause: error });
  });
  return ref;
}

/** The options that name this shop, for hints. */
export function shopOptions({ context, namespace, isCurrent }: ClusterRef): string {
  const current = isCurrent ? '--on current' : `--on current --context ${context}`;
  const on = context === KIND_CONTEXT && !isCurrent ? '--on kind' : current;
  return namespace === 'souk' ? on : `${on} --namespace ${namespace}`;
}

function currentContext(): string {
  try {
    return execFileSync('kubectl', ['config', 'current-context'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new CliError(
      'there is no cluster to work with',
      missing ? 'kubectl was not found on PATH' : 'kubectl has no current context',
      missing
        ? 'install it: https://kubernetes.io/docs/tasks/tools'
        : 'set KUBECONFIG, choose one with --context, or take --on kind for a cluster on this machine',
      { cause },
    );
  }
}

function where(text: string): On {
  if (text === 'host' || text === 'kind' || text === 'current') return text;
  throw new InvalidArgumentError('host, kind or current is needed');
}

function namespace(text: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError('a name of a-z, 0-9 and - is needed');
}
