import { CliError } from './errors.ts';
import type { Instance } from './instance.ts';
import { portList, portsFor } from './ports.ts';
import { holderOf, portIsFree } from './system/port-holder.ts';

/** Refuses to start on a port that somebody else holds; nothing is ever moved silently. */
export async function requireFreePorts(
  instance: Instance,
  ours: ReadonlySet<string>,
  wanted: (name: string) => boolean,
): Promise<void> {
  for (const { name, port } of portList(instance.ports)) {
    if (ours.has(ownerOf(name)) || !wanted(ownerOf(name)) || (await portIsFree(port))) continue;
    const holder = holderOf(port);
    const why = holder ? `${holder} listens there` : 'a process of another user listens there, or a connection uses it';
    throw new CliError(
      `port ${port} for ${name} is taken`,
      why,
      `end that, or use other ports: ./souk up --port-base ${await freeOffset()}`,
    );
  }
}

/** Small enough to keep every port below the range from which the kernel takes ports for outgoing connections. */
const OFFSETS = [6000, 8000, 10_000, 12_000];

async function freeOffset(): Promise<number> {
  for (const offset of OFFSETS) {
    const free = await Promise.all(portList(portsFor(offset)).map((one) => portIsFree(one.port)));
    if (free.every(Boolean)) return offset;
  }
  return 13_000;
}

/** The process behind a line of the port table: "order (management)" → order, kafkaController → kafka. */
export function ownerOf(name: string): string {
  return name === 'kafkaController' ? 'kafka' : name.replace(' (management)', '');
}
