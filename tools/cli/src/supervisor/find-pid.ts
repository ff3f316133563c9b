import { readFileSync, readdirSync } from 'node:fs';

/** The supervisor of an instance, by its command line: for when it does not answer and cannot say itself. */
export function findSupervisorPid(instanceDir: string): number | undefined {
  const pid = readdirSync('/proc').find((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    const [main, dir] = argumentsOf(entry).slice(-2);
    return dir === instanceDir && main?.endsWith('/supervisor/main.mjs') === true;
  });
  return pid === undefined ? undefined : Number(pid);
}

function argumentsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return []; // gone between two looks
  }
}
