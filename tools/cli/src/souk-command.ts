/** A command line for people to run: `./souk up`, with `--instance` where it is not the default one. */
export function soukCommand(instance: string, command: string): string {
  return instance === 'default' ? `./souk ${command}` : `./souk ${command} --instance ${instance}`;
}
