import { readdirSync } from 'node:fs';
import { statOf, type ProcessIdentity } from '../../../cli/src/system/process-identity.ts';

/** A process and everything that it has started and that still lives: PostgreSQL is a dozen. Parents come before their children. */
export function treeOf(pid: number): ProcessIdentity[] {
  const all = readdirSync('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    return stat === undefined ? [] : [{ pid: Number(name), ...stat }];
  });
  const root = all.find((one) => one.pid === pid);
  if (root === undefined) return [];
  const found = [root];
  for (const parent of found) found.push(...all.filter((one) => one.parent === parent.pid));
  return found.map(({ pid: id, startTime }) => ({ pid: id, startTime }));
}
