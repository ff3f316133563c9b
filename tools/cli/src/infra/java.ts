import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from '../instance.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';
import type { Toolchain } from './toolchain.ts';

interface ClassArchive {
  readonly args: readonly string[];
  readonly keep: Pick<ProcessSpec, 'keepAfterStop'>;
}

/** Class data sharing halves the start of a JVM. The first orderly stop writes the archive, later starts use it. */
export function classArchive(toolchain: Toolchain, instance: Instance, part: 'kafka' | 'mongo'): ClassArchive {
  const archive = join(toolchain.dir, `${part}.jsa`);
  if (existsSync(archive)) return { args: [`-XX:SharedArchiveFile=${archive}`, '-Xshare:auto'], keep: {} };
  const draft = join(instance.dataDir, `${part}.jsa.new`);
  return {
    args: [`-XX:ArchiveClassesAtExit=${draft}`, '-Xlog:cds=error', '-Xshare:auto'],
    keep: { keepAfterStop: { from: draft, to: archive } },
  };
}

/** A fixed, small environment: what a child sees does not depend on the shell that happened to start it. */
export function childEnv(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited = ['PATH', 'HOME', 'TZ'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(inherited),
    LC_ALL: 'C.UTF-8',
    MALLOC_ARENA_MAX: '2',
    MALLOC_TRIM_THRESHOLD_: '131072',
    ...extra,
  };
}
