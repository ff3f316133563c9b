import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { withClusterOptions } from './options.ts';

/** What `up` can be told about a cluster; on the host none of it counts. */
export function withClusterUpOptions(command: Command): Command {
  const collect = (file: string, files: readonly string[]) => [...files, file];
  return withClusterOptions(command)
    .addOption(
      new Option('--profile <name>', 'with --on: one of everything, or two of it')
        .choices(['local', 'ha'])
        .default('local'),
    )
    .option('--values <file>', 'with --on: further values for charts/souk; may be repeated', collect, [])
    .option('--infra-values <file>', 'with --on: further values for charts/infra; may be repeated', collect, [])
    .option(
      '--node-port <n>',
      'with --on: the port of the nodes at which the gateway answers; sign-in answers 31 above',
      nodePort,
    )
    .option('--image-registry <prefix>', 'with --on: where the images are named', 'localhost/souk')
    .option(
      '--image-builder <cmd>',
      'with --on: builds an image, called as CMD <tag> <folder> --build-arg SERVICE=… (env SOUK_IMAGE_BUILDER); default: docker, podman or buildah',
      process.env.SOUK_IMAGE_BUILDER,
    )
    .option(
      '--image-loader <cmd>',
      'with --on: brings a built image into the cluster, called as CMD <tag> (env SOUK_IMAGE_LOADER); kind needs none',
      process.env.SOUK_IMAGE_LOADER,
    )
    .option('--force', 'with --on: build and load every image, whatever is known of them', false)
    .addHelpText('after', HELP);
}

const HELP = `
With --on current everything is done in the cluster of a kubectl context: images are built where their sources changed,
brought there, both charts installed or upgraded, and the order placed through the gateway. With --on kind that cluster is
made first, with k8s/kind.yaml; the calls of kind are tested as command lines, what follows them on a real cluster.`;

function nodePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1_024 && port <= 65_535) return port;
  throw new InvalidArgumentError('a port number is needed, usually of 30000 to 32767');
}
