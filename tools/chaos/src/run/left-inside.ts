import { readFileSync } from 'node:fs';
import type { Instance } from '../../../cli/src/instance.ts';
import { SERVICES } from '../../../cli/src/shop-processes.ts';
import { gatherFailpoints } from '../../../cli/src/shop/failpoints.ts';
import { readState } from '../../../cli/src/supervisor/state.ts';
import { bootId, isAlive } from '../../../cli/src/system/process-identity.ts';

const LIMIT = /^(Max data size|Max open files)\s+(\S+)\s+(\S+)/gm;

/** Limits that somebody has lowered: those of faults (faults/resource-limits.ts) are soft ones. Of the text of /proc/<pid>/limits. */
export function loweredIn(text: string): string[] {
  return [...text.matchAll(LIMIT)].flatMap(([, what = '', soft, hard]) =>
    soft === hard ? [] : [`${what.toLowerCase()} is ${soft} of ${hard}`],
  );
}

/** Of the processes that run now, one line each. */
export function loweredLimits({ dir }: Pick<Instance, 'dir'>): string[] {
  return readState(dir, bootId()).processes.flatMap(({ spec: { name }, identity }) => {
    if (identity === null || !isAlive(identity)) return [];
    return loweredIn(limitsOf(identity.pid)).map((what) => `${name} runs with a limit: ${what}`);
  });
}

/** Of all services that answer and have failpoints at all, one line each. */
export async function armedFailpoints({ ports }: Pick<Instance, 'ports'>): Promise<string[]> {
  const found = await gatherFailpoints(SERVICES.map((name) => [name, ports.management[name]]));
  return found.flatMap(({ process, failpoints }) =>
    failpoints.flatMap(({ name, armed }) =>
      armed === undefined ? [] : [`failpoint ${name} of ${process} is armed: ${armed}`],
    ),
  );
}

function limitsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/limits`, 'utf8');
  } catch {
    return ''; // ended meanwhile
  }
}
