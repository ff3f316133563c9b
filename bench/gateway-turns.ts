import { type Load, load } from './gateway-load.ts';
import type { Proxy, Rig } from './gateway-rig.ts';
import type { Tools } from './gateway-tools.ts';
import { median } from './in-turns.ts';

/** One way of getting the same thing. */
export interface Way {
  readonly name: string;
  /** Whose CPU it costs; undefined: nobody's, it goes straight to the upstream. */
  readonly proxy: Proxy | undefined;
  readonly path: string;
  readonly isSignedIn?: boolean;
}

export interface Turn extends Load {
  /** CPU of the proxy, µs a request. */
  readonly cpuUs: number;
}

export interface Turns {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
}

export type Measured = ReadonlyMap<string, readonly Turn[]>;

/** All ways in turns, so that a slow moment of the machine meets each of them; a turn of each comes first and is not counted. */
export async function measureInTurns(rig: Rig, tools: Tools, ways: readonly Way[], turns: Turns): Promise<Measured> {
  const measured = new Map<string, Turn[]>(ways.map(({ name }) => [name, []]));
  for (let round = 0; round <= turns.rounds; round++)
    for (const way of ways) {
      const turn = await oneTurn(rig, tools, way, turns);
      if (round > 0) measured.get(way.name)?.push(turn);
    }
  return measured;
}

async function oneTurn(
  rig: Rig,
  { wrk }: Tools,
  { proxy, path, isSignedIn = false }: Way,
  { seconds, connections }: Turns,
): Promise<Turn> {
  const headers = isSignedIn ? rig.bearer : {};
  const before = proxy === undefined ? 0 : rig.cpuMs(proxy);
  const found = await load(wrk, { url: rig.url(proxy ?? 'upstream') + path, connections, seconds, headers });
  const spent = proxy === undefined ? 0 : rig.cpuMs(proxy) - before;
  return { ...found, cpuUs: (spent * 1_000) / found.requests };
}

/** The median over the rounds. */
export const middle = (measured: Measured, name: string, pick: (turn: Turn) => number): number =>
  median((measured.get(name) ?? []).map(pick));

/** Round by round: what both met cancels out. */
export function cpuRatio(measured: Measured, of: string, to: string): number {
  const rivals = measured.get(to) ?? [];
  return median((measured.get(of) ?? []).map(({ cpuUs }, round) => cpuUs / (rivals[round]?.cpuUs ?? Number.NaN)));
}
