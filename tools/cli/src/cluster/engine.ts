import { userCommand } from './argv.ts';
import type { Argv } from './argv.ts';

/** What builds images: an engine of this machine, or a command that the user names. */
export type Engine =
  { readonly kind: 'docker' | 'podman' | 'buildah' } | { readonly kind: 'command'; readonly command: string };

export interface BuildInput {
  readonly ref: string;
  /** The checkout: the build context. */
  readonly root: string;
  /** The folder of the deployable: services/order. */
  readonly folder: string;
  readonly version: string;
  /** `id=ca,src=/path` … */
  readonly secrets: readonly string[];
  /** True to build every layer anew. */
  readonly fresh: boolean;
}

/** The engines in the order in which they are looked for, each with the question that only a working one answers. */
export const ENGINES: readonly { readonly kind: 'docker' | 'podman' | 'buildah'; readonly asks: Argv }[] = [
  { kind: 'docker', asks: { command: 'docker', args: ['version', '--format', '{{.Server.Version}}'] } },
  { kind: 'podman', asks: { command: 'podman', args: ['version', '--format', '{{.Version}}'] } },
  { kind: 'buildah', asks: { command: 'buildah', args: ['version'] } },
];

/** The command that builds one image. A user's command is called as `CMD <tag> <folder> <options of docker build>`. */
export function buildCommand(engine: Engine, { ref, root, folder, version, secrets, fresh }: BuildInput): Argv {
  const options = [
    '--build-arg',
    `SERVICE=${folder}`,
    '--build-arg',
    `VERSION=${version}`,
    ...secrets.flatMap((secret) => ['--secret', secret]),
    ...(fresh ? ['--no-cache'] : []),
  ];
  switch (engine.kind) {
    case 'command':
      return userCommand(engine.command, [ref, root, ...options]);
    case 'buildah':
      return { command: 'buildah', args: ['build', '--layers', '--tag', ref, ...options, root] };
    default:
      return { command: engine.kind, args: ['build', '--tag', ref, ...options, root] };
  }
}

interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly npmrc: { readonly path: string; readonly text: string | undefined };
}

/** Build secrets for a network with a certificate authority or an npm registry of its own; none elsewhere. */
export function buildSecrets({ env, npmrc }: SecretSources): string[] {
  const ca = env.NODE_EXTRA_CA_CERTS;
  const named = /^\s*(?:[^#;\s]*:)?(?:registry|_auth|_authToken|_password)\s*=/m.test(npmrc.text ?? '');
  return [...(ca ? [`id=ca,src=${ca}`] : []), ...(named ? [`id=npmrc,src=${npmrc.path}`] : [])];
}
