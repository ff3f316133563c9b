import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '../../../tools/cli/src/ports.ts';
import { BEHIND } from '../support/door.ts';
import { instance } from '../support/shop.ts';

const METRIC = /^process_resident_memory_bytes (\d+)/m;
const LOOK_EVERY_MS = 2_000;
const MIB = 1_048_576;

/** Bytes in memory by process, as its own metrics say. */
export type Resident = Readonly<Record<string, number>>;

/** Of the gateway and of all services behind it. */
export async function residentMemory(): Promise<Resident> {
  const names: readonly ServiceName[] = ['gateway', ...BEHIND];
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await residentOf(name)] as const)));
}

async function residentOf(name: ServiceName): Promise<number> {
  const url = `http://127.0.0.1:${instance().ports.management[name]}/metrics`;
  const text = await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).text();
  const found = METRIC.exec(text)?.[1];
  if (found === undefined) throw new Error(`${name} does not say how much memory it has`);
  return Number(found);
}

/** Those that have more than `ratio` times what they had, as lines. */
export const grown = (before: Resident, after: Resident, ratio: number): string[] =>
  Object.entries(after).flatMap(([name, bytes]) => {
    const had = before[name] ?? 0;
    return bytes > had * ratio ? [`${name}: ${inMib(bytes)} instead of ${inMib(had)}`] : [];
  });

/** Looks until nobody has more than `ratio` times what he had, or the time is over: memory goes back when the collector has time. */
export async function untilBack(
  before: Resident,
  ratio: number,
  timeoutMs: number,
): Promise<{ after: Resident; findings: string[] }> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const after = await residentMemory();
    const findings = grown(before, after, ratio);
    if (findings.length === 0 || performance.now() > end) return { after, findings };
    await sleep(LOOK_EVERY_MS);
  }
}

export const inMib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;
