import { readFileSync, readdirSync } from 'node:fs';
import { statOf } from './process-identity.ts';

const PAGE_KIB = 4;

/** Proportional memory of a process and all its descendants in MiB; resident memory where the kernel does not tell us. */
export function treePssMiB(pid: number, childrenOf: ReadonlyMap<number, readonly number[]>): number {
  return [pid, ...descendants(pid, childrenOf)].reduce((sum, one) => sum + pssKiB(one), 0) / 1024;
}

/** Parent → children for all processes of the machine. */
export function processTree(): Map<number, number[]> {
  const tree = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    const parent = Number.isInteger(pid) ? statOf(pid)?.parent : undefined;
    if (parent !== undefined) tree.set(parent, [...(tree.get(parent) ?? []), pid]);
  }
  return tree;
}

function descendants(pid: number, childrenOf: ReadonlyMap<number, readonly number[]>): number[] {
  return (childrenOf.get(pid) ?? []).flatMap((child) => [child, ...descendants(child, childrenOf)]);
}

function pssKiB(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    return residentKiB(pid); // another user's process
  }
}

function residentKiB(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_KIB;
  } catch {
    return 0;
  }
}
