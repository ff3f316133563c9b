import { kubectl } from './kubectl.ts';
import type { ClusterRef } from './kubectl.ts';

/** Memory of one container as metrics-server saw it in the last minute. */
export interface ContainerMemory {
  readonly pod: string;
  readonly container: string;
  readonly milliCpu: number;
  readonly memoryMiB: number;
}

const UNITS: Readonly<Record<string, number>> = { Ki: 1 / 1024, Mi: 1, Gi: 1024, '': 1 / 1024 / 1024 };

/** The lines of `kubectl top pods --containers --no-headers`: pod, container, 5m, 71Mi. */
export function readTop(text: string): ContainerMemory[] {
  return text.split('\n').flatMap((line) => {
    const [pod, container, cpu, memory] = line.trim().split(/\s+/);
    const amount = /^(\d+)(Ki|Mi|Gi|)$/.exec(memory ?? '');
    if (!pod || !container || !amount) return [];
    return [
      { pod, container, milliCpu: cores(cpu ?? ''), memoryMiB: Number(amount[1]) * (UNITS[amount[2] ?? ''] ?? 0) },
    ];
  });
}

function cores(text: string): number {
  return text.endsWith('m') ? Number(text.slice(0, -1)) : Number(text) * 1_000;
}

/** What every container uses; undefined where no metrics-server answers, or it has not looked yet. */
export async function topPods(ref: ClusterRef): Promise<ContainerMemory[] | undefined> {
  const text = await kubectl(ref, ['top', 'pods', '--containers', '--no-headers'], { timeoutMs: 10_000 }).catch(
    () => '',
  );
  const rows = readTop(text);
  return rows.length > 0 ? rows : undefined;
}

export interface MemorySum {
  readonly services: number;
  readonly infra: number;
}

/** MiB of the shop's pods, sidecars included, and of those of charts/infra. */
export function sumMemory(rows: readonly ContainerMemory[], infraPods: ReadonlySet<string>): MemorySum {
  const sum = (infra: boolean) =>
    Math.round(
      rows.filter(({ pod }) => infraPods.has(pod) === infra).reduce((total, { memoryMiB }) => total + memoryMiB, 0),
    );
  return { services: sum(false), infra: sum(true) };
}
