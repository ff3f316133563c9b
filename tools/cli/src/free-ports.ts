import { CliError } from './errors.ts';
import type { Instance } from './instance.ts';
import { GOOD_BASES } from './port-base.ts';
import { portList, portsFor } from './ports.ts';
import { soukCommand } from './souk-command.ts';
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
      `end that, or use other ports: ${soukCommand(instance.name, `up --port-base ${await freeBase()}`)}`,
    );
  }
}

/** A base whose ports are all free just now. */
export async function freeBase(): Promise<number> {
  for (const offset of GOOD_BASES) {
    const free = await Promise.all(portList(portsFor(offset)).map((one) => portIsFree(one.port)));
    if (free.every(Boolean)) return offset;
  }
  return 13_000; // the last one below the ports of outgoing connections
}

/** The process behind a line of the port table: "order (management)" → order, kafkaController → kafka. */
export function ownerOf(name: string): string {
  return name.replace(/ \(management\)$|(Controller|Proxied|Proxy|Grpc|Health|Metrics)$/, '');
}
