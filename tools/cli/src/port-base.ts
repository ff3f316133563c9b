import { CliError } from './errors.ts';
import { DEFAULT_OFFSETS, highestPort, portList, portsFor } from './ports.ts';
import { soukCommand } from './souk-command.ts';
import { readIfThere } from './system/files.ts';

/** Where the kernel begins to take ports for outgoing connections unless it is told otherwise. */
const USUAL_EPHEMERAL_START = 32_768;

/** Bases that are free of every other rule, in the order of recommendation. */
export const GOOD_BASES = [6000, 8000, 10_000, 12_000];

/** The rule in one line, for help texts. */
export const PORT_BASE_RULE =
  'bases that work beside the instances default and test: 6000, 8000, 10000, 12000 (1000, 3000, 5000 meet their ports)';

/** Largest base that keeps every port below those of outgoing connections, in whole thousands. */
export function largestBase(ephemeralStart: number): number {
  return Math.floor((ephemeralStart - 1 - highestPort(0)) / 1_000) * 1_000;
}

/** First port for outgoing connections, from the text of /proc/sys/net/ipv4/ip_local_port_range. */
export function ephemeralStart(range: string | undefined): number {
  const first = Number.parseInt(range ?? '', 10);
  return Number.isInteger(first) && first > 0 ? first : USUAL_EPHEMERAL_START;
}

/** Refuses a base that somebody asks for and that would sooner or later meet ports of others. */
export function requireGoodBase(
  instance: string,
  base: number,
  start = ephemeralStart(readIfThere('/proc/sys/net/ipv4/ip_local_port_range')),
): void {
  const largest = largestBase(start);
  if (base > largest) {
    throw new CliError(
      `--port-base ${base} is too high`,
      `port ${highestPort(base)} would lie in the range of outgoing connections, which begins at ${start}`,
      `choose at most ${largest}, for example ${GOOD_BASES[0]} or ${GOOD_BASES[1]}`,
    );
  }
  for (const [other, offset] of Object.entries(DEFAULT_OFFSETS)) {
    const shared = other === instance ? undefined : sharedPort(base, offset);
    if (!shared) continue;
    throw new CliError(
      `--port-base ${base} meets the ports of the instance '${other}'`,
      `both would use port ${shared.port}, here for ${shared.name}`,
      soukCommand(instance, `up --port-base ${GOOD_BASES[0]}`),
    );
  }
}

function sharedPort(base: number, offset: number): { name: string; port: number } | undefined {
  const theirs = new Set(portList(portsFor(offset)).map(({ port }) => port));
  return portList(portsFor(base)).find(({ port }) => theirs.has(port));
}
