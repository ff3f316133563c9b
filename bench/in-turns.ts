import { percentile } from './percentile.ts';

/** One way of doing the same work. */
export interface Way {
  readonly name: string;
  /** How many call at once, each again as soon as it is answered. */
  readonly callers: number;
  /** @returns the operations that it did; nothing means one */
  call(caller: number): Promise<number | void>;
}

export interface Pace {
  readonly perSecond: number;
  /** CPU of this process and of the servers under it, in µs an operation. */
  readonly cpuUs: number;
  readonly p50: number;
  readonly p99: number;
}

export interface Turns {
  readonly rounds: number;
  readonly seconds: number;
  /** CPU milliseconds of the servers so far. */
  readonly serverCpuMs: () => number;
}

/**
 * All ways in turns, round after round, so that a slow moment of the machine meets all of them. A short turn of each comes
 * first and is not counted.
 */
export async function inTurns(ways: readonly Way[], turns: Turns): Promise<Map<string, Pace[]>> {
  const paces = new Map<string, Pace[]>(ways.map(({ name }) => [name, []]));
  for (const way of ways) await turn(way, Math.min(1, turns.seconds), turns.serverCpuMs);
  for (let round = 0; round < turns.rounds; round++)
    for (const way of ways) paces.get(way.name)?.push(await turn(way, turns.seconds, turns.serverCpuMs));
  return paces;
}

async function turn(way: Way, seconds: number, serverCpuMs: () => number): Promise<Pace> {
  const times: number[] = [];
  let operations = 0;
  const cpuBefore = cpuOfAll(serverCpuMs);
  const began = performance.now();
  const caller = async (index: number): Promise<void> => {
    while (performance.now() - began < seconds * 1_000) {
      const asked = performance.now();
      const done = (await way.call(index)) ?? 1; // not in the sum: it would be read before the others have added theirs
      operations += done;
      times.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: way.callers }, (_, index) => caller(index)));
  const took = performance.now() - began;
  return {
    perSecond: (operations * 1_000) / took,
    cpuUs: ((cpuOfAll(serverCpuMs) - cpuBefore) * 1_000) / operations,
    p50: percentile(times, 50),
    p99: percentile(times, 99),
  };
}

function cpuOfAll(serverCpuMs: () => number): number {
  const { user, system } = process.cpuUsage();
  return serverCpuMs() + (user + system) / 1_000;
}

export const median = (values: readonly number[]): number => percentile(values, 50);

/** Round by round: what both met is in both, so it cancels out. */
export const ratioOf = (of: readonly Pace[], to: readonly Pace[]): number =>
  median(of.map(({ perSecond }, round) => perSecond / (to[round]?.perSecond ?? Number.NaN)));
