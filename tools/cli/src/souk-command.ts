/**
 * A command line for people to run: `./souk up`, with `--instance` where it is not the default one. A shop in a cluster has
 * no instance; the options that name it stand in its place (`--on kind`).
 */
export function soukCommand(instance: string, command: string): string {
  if (instance.startsWith('--')) return `./souk ${command} ${instance}`;
  return instance === 'default' ? `./souk ${command}` : `./souk ${command} --instance ${instance}`;
}
