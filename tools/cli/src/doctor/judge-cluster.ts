/** The pure half of the checks for clusters: text of the machine in, facts out. */

/** cgroup2fs on v2 (also of `stat -fc %T /sys/fs/cgroup`); the number is the file system's magic. */
export function cgroupVersion(fileSystemType: number): 1 | 2 {
  return fileSystemType === 0x63677270 ? 2 : 1;
}

export interface InotifyLimits {
  readonly instances: number;
  readonly watches: number;
}

/** kind's own advice: with less, pods of a second cluster or of many services end with "too many open files". */
export const INOTIFY_NEEDED: InotifyLimits = { instances: 512, watches: 65_536 };

export function inotifyIsEnough({ instances, watches }: InotifyLimits): boolean {
  return instances >= INOTIFY_NEEDED.instances && watches >= INOTIFY_NEEDED.watches;
}

export const INOTIFY_FIX = `sudo sysctl fs.inotify.max_user_instances=${INOTIFY_NEEDED.instances} fs.inotify.max_user_watches=${INOTIFY_NEEDED.watches}`;
