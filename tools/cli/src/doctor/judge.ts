/** The pure half of the checks: text of the machine in, facts out. */

/** Major version from `java -version` (`openjdk version "17.0.15" …`, `"1.8.0_402"` counts as 8); undefined if unreadable. */
export function javaMajor(text: string): number | undefined {
  const version = /version "(?:1\.)?(\d+)/.exec(text)?.[1];
  return version === undefined ? undefined : Number(version);
}

/** True for Node versions that run the CLI and Jest's ES modules (24.9 or later). */
export function nodeIsNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 9);
}

/** MemAvailable of /proc/meminfo in MiB, capped by the memory limit of the control group, if it has one. */
export function availableMiB(meminfo: string, cgroup?: { readonly max: string; readonly current: string }): number {
  const free = Number(/^MemAvailable:\s+(\d+) kB/m.exec(meminfo)?.[1] ?? 0) / 1024;
  const limit = Number(cgroup?.max.trim());
  if (!cgroup || !Number.isFinite(limit)) return free;
  return Math.min(free, (limit - Number(cgroup.current.trim())) / 1024 / 1024);
}

/** Soft limit of open files from /proc/self/limits. */
export function openFilesLimit(limits: string): number {
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1] ?? '0';
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}

/** A clock that is behind the files of the checkout breaks tokens, certificates and reservations. */
export function clockIsPlausible(now: Date, newestFile: Date): boolean {
  return now.getTime() >= newestFile.getTime() - 60_000 && now.getUTCFullYear() < 2100;
}
