import { CliError } from './errors.ts';
import type { Instance } from './instance.ts';
import { portList } from './ports.ts';
import { holderOf, portIsFree } from './system/port-holder.ts';

/** Refuses to start on a port that somebody else holds; nothing is ever moved silently. */
export async function requireFreePorts(
  instance: Instance,
  ours: ReadonlySet<string>,
  wanted: (name: string) => boolean,
): Promise<void> {
  for (const { name, port } of portList(instance.ports)) {
    if (ours.has(ownerOf(name)) || !wanted(ownerOf(name)) || (await portIsFree(port))) continue;
    const holder = holderOf(port) ?? 'a process of another user';
    const fix = `end that process, or give this shop other ports: ./souk up --port-base ${instance.ports.offset + 6000}`;
    throw new CliError(`port ${port} for ${name} is taken`, `${holder} listens there`, fix);
  }
}

/** The process behind a line of the port table: "order (management)" → order, kafkaController → kafka. */
export function ownerOf(name: string): string {
  return name === 'kafkaController' ? 'kafka' : name.replace(' (management)', '');
}
