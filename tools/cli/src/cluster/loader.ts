import { CliError } from '../errors.ts';
import { userCommand } from './argv.ts';
import type { Argv } from './argv.ts';
import type { Engine } from './engine.ts';
import { kind, kindClusterOf } from './kind.ts';

export interface LoadInput {
  readonly engine: Engine;
  readonly context: string;
  readonly registry: string;
  /** `--image-loader`. */
  readonly loader: string | undefined;
  readonly refs: readonly string[];
  /** Where an archive may be put for a moment. */
  readonly scratch: string;
}

/** Clusters of desktop programs that run what their docker has built. */
const SHARES_DOCKER = /^(docker-desktop|rancher-desktop|orbstack|colima)$/;

/** The commands that bring built images to where the cluster finds them, in their order; none where they are there already. */
export function loadCommands(input: LoadInput): readonly Argv[] {
  const { engine, context, registry, loader, refs } = input;
  if (loader) return refs.map((ref) => userCommand(loader, [ref]));
  if (engine.kind === 'command') return []; // who brings a builder of his own lets it load, or names a loader
  const cluster = kindClusterOf(context);
  if (cluster) return intoKind(input, cluster);
  if (isRemote(registry)) return refs.map((ref) => ({ command: engine.kind, args: ['push', ref] }));
  if (engine.kind === 'docker' && SHARES_DOCKER.test(context)) return [];
  throw new CliError(
    `the images cannot be brought into the cluster of context '${context}'`,
    `'${registry}' is no registry that it could pull from, and how else it takes images is not known`,
    "name one it can pull from with --image-registry, or the command that loads an image with --image-loader, for example 'minikube image load'",
  );
}

/** kind reads docker's images itself; what others built goes through an archive. */
function intoKind({ engine, refs, scratch }: LoadInput, cluster: string): Argv[] {
  if (engine.kind === 'docker') return [kind.loadFromDocker(cluster, refs)];
  return refs.flatMap((ref) => {
    const file = `${scratch}/${ref.replaceAll(/[^a-zA-Z0-9.-]/g, '_')}.tar`;
    const save =
      engine.kind === 'podman'
        ? { command: 'podman', args: ['save', '--output', file, ref] }
        : { command: 'buildah', args: ['push', ref, `docker-archive:${file}:${ref}`] };
    return [save, kind.loadArchive(cluster, file), { command: 'rm', args: ['-f', file] }];
  });
}

/** A registry has a host with a dot or a port: ghcr.io/souk, localhost:5001/souk. */
export function isRemote(registry: string): boolean {
  return registry.includes('/') && /[.:]/.test(registry.split('/')[0] ?? '');
}
