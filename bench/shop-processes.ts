import { readFileSync } from 'node:fs';
import { CliError } from '../tools/cli/src/errors.ts';
import { openInstance } from '../tools/cli/src/instance.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { askSupervisor } from '../tools/cli/src/supervisor/control.ts';
import { socketFile } from '../tools/cli/src/supervisor/state.ts';
import { processTree, treePssMiB } from '../tools/cli/src/system/memory.ts';

const TICKS_PER_SECOND = 100;

export interface ShopProcess {
  name: string;
  group: 'services' | 'infrastructure';
  pid: number;
}

/** The processes of a running shop; the supervisor counts as a service. */
export async function shopProcesses(ctx: ShopContext): Promise<ShopProcess[]> {
  const answer = await askSupervisor(socketFile(openInstance(ctx.instance).dir), { op: 'status' });
  if (answer === undefined)
    throw new CliError(`the shop '${ctx.instance}' is not running`, 'no supervisor answers', './souk up');
  const children = answer.processes.flatMap(({ name, kind, pid }): ShopProcess[] =>
    pid === null ? [] : [{ name, pid, group: kind === 'infra' ? 'infrastructure' : 'services' }],
  );
  return [{ name: 'supervisor', group: 'services', pid: answer.supervisorPid }, ...children];
}

type Tree = ReadonlyMap<number, readonly number[]>;

/** The children of the supervisor are in the list themselves; only PostgreSQL has further processes of its own. */
const treeOf = ({ name }: ShopProcess, tree: Tree): Tree => (name === 'supervisor' ? new Map() : tree);

/** CPU milliseconds that processes and their living descendants have used so far. */
export function cpuMs(processes: readonly ShopProcess[]): number {
  const tree = processTree();
  const withDescendants = (pid: number, below: Tree): number[] => [
    pid,
    ...(below.get(pid) ?? []).flatMap((child) => withDescendants(child, below)),
  ];
  const pids = processes.flatMap((process) => withDescendants(process.pid, treeOf(process, tree)));
  return pids.reduce((sum, pid) => sum + (cpuTicks(pid) * 1000) / TICKS_PER_SECOND, 0);
}

/** Proportional set size in MiB of a group with all descendants. */
export function pssMiB(processes: readonly ShopProcess[]): number {
  const tree = processTree();
  return processes.reduce((sum, process) => sum + treePssMiB(process.pid, treeOf(process, tree)), 0);
}

function cpuTicks(pid: number): number {
  try {
    // After the command, which may contain spaces: utime and stime are the 12th and 13th field, then the same of children
    // that have ended, so that a database connection closed meanwhile does not take its CPU time away.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  } catch {
    return 0; // gone meanwhile
  }
}
