import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { soukHome } from '../home.ts';
import { readIfThere, writeFileAtomically } from '../system/files.ts';
import type { ClusterRef } from './kubectl.ts';

/** What this machine keeps about a cluster: logs of what was run, the images that were brought there. */
export interface ClusterHome {
  readonly dir: string;
  readonly logsDir: string;
}

export function clusterHome({ context }: Pick<ClusterRef, 'context'>): ClusterHome {
  const dir = join(soukHome(), 'clusters', context.replaceAll(/[^\w.-]/g, '_'));
  return { dir, logsDir: join(dir, 'logs') };
}

export function createClusterHome(home: ClusterHome): void {
  mkdirSync(home.logsDir, { recursive: true, mode: 0o755 });
}

/** The images that were built here and brought into a cluster, with the time of each. */
export interface ImageRecord {
  /** Uid of the cluster: a new cluster behind an old context has nothing. */
  readonly cluster: string;
  readonly loadedAt: Readonly<Record<string, number>>;
}

export function readImageRecord({ dir }: ClusterHome, cluster: string): ImageRecord {
  const text = readIfThere(join(dir, 'images.json'));
  const record = text === undefined ? undefined : (JSON.parse(text) as ImageRecord);
  return record?.cluster === cluster ? record : { cluster, loadedAt: {} };
}

export function writeImageRecord({ dir }: ClusterHome, record: ImageRecord): void {
  writeFileAtomically(join(dir, 'images.json'), JSON.stringify(record));
}
