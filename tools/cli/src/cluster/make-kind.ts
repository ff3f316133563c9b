import { join } from 'node:path';
import { CliError } from '../errors.ts';
import { REPO_ROOT } from '../home.ts';
import { lookUp } from '../infra/toolchain.ts';
import type { Progress } from '../output.ts';
import { run } from './helm.ts';
import { isListed, kind, kindUp } from './kind.ts';
import { KIND_CONTEXT } from './options.ts';
import { runArgv } from './provide-images.ts';
import { clusterHome, createClusterHome } from './state.ts';

/** Makes the kind cluster where there is none yet, and its context in the kubeconfig. */
export async function ensureKind(progress: Progress): Promise<void> {
  requireKind();
  const listed = isListed(await run(kind.clusters()));
  await progress.step(listed ? 'kind cluster' : 'kind cluster (new)', async () => {
    for (const argv of kindUp(REPO_ROOT, listed)) await runKind(argv);
  });
}

/** Deletes the kind cluster with everything in it; false where there was none. */
export async function removeKind(): Promise<boolean> {
  requireKind();
  if (!isListed(await run(kind.clusters()))) return false;
  await runKind(kind.remove());
  if (isListed(await run(kind.clusters())))
    throw new CliError(
      'the kind cluster is still there',
      'kind lists it after deleting it',
      'kind delete cluster --name souk',
    );
  return true;
}

function runKind(argv: { readonly command: string; readonly args: readonly string[] }): Promise<void> {
  const home = clusterHome({ context: KIND_CONTEXT });
  createClusterHome(home);
  const fix = './souk doctor --on kind looks at what kind needs; the whole output is in';
  return runArgv(argv, `kind ${argv.args.slice(0, 2).join(' ')}`, join(home.logsDir, 'kind.log'), { fix });
}

function requireKind(): void {
  if (lookUp('kind')) return;
  throw new CliError(
    'kind was not found',
    'it is not on PATH',
    'install it (https://kind.sigs.k8s.io/docs/user/quick-start), or take --on current with a cluster that is there',
  );
}
