import { readFileSync } from 'node:fs';

/** A process, told apart from a later one that got the same pid. Start time in clock ticks since boot. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: number;
}

export interface ProcessStat {
  readonly state: string;
  readonly parent: number;
  readonly startTime: number;
}

/** Parses /proc/<pid>/stat. The name in parentheses may itself hold spaces and parentheses. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '?', parent: Number(fields[1]), startTime: Number(fields[19]) };
}

export function statOf(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined; // gone between two looks: the ordinary case
  }
}

export function identify(pid: number): ProcessIdentity | undefined {
  const stat = statOf(pid);
  return stat && { pid, startTime: stat.startTime };
}

/** Of what somebody says who knows the process: where the start time is told, a later one with its pid is not taken for it. */
export function identityOf({
  pid,
  startTime,
}: {
  pid: number | null;
  startTime?: number | null;
}): ProcessIdentity | undefined {
  if (pid === null) return undefined;
  return typeof startTime === 'number' ? { pid, startTime } : identify(pid);
}

/** A zombie counts as dead: where pid 1 does not reap, an orphan stays one for ever. */
export function isAlive(identity: ProcessIdentity, look: (pid: number) => ProcessStat | undefined = statOf): boolean {
  const stat = look(identity.pid);
  return stat !== undefined && stat.startTime === identity.startTime && stat.state !== 'Z' && stat.state !== 'X';
}

/** Sends a signal to exactly this process; false if it is gone or the pid belongs to another one now. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, name);
  } catch {
    return false; // it died between the look and the signal
  }
}

/** Pids start anew after a reboot, so a recorded identity is good for one boot only. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Clock ticks per second: fixed at 100 for user space on every Linux that Node supports. */
const TICKS_PER_SECOND = 100;

export function uptimeSeconds(pid: number): number {
  const machineUp = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  const started = statOf(pid)?.startTime;
  return started === undefined ? 0 : Math.max(0, Math.round(machineUp - started / TICKS_PER_SECOND));
}
