import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from '../../../cli/src/instance.ts';
import type { ProcessSpec } from '../../../cli/src/supervisor/process-spec.ts';
import { readState } from '../../../cli/src/supervisor/state.ts';
import { readIfThere, writeFileAtomically } from '../../../cli/src/system/files.ts';
import { bootId } from '../../../cli/src/system/process-identity.ts';

/** How the processes of an instance are meant to run, by name. */
export type Specs = ReadonlyMap<string, ProcessSpec>;

export const chaosFolder = (instance: Pick<Instance, 'dir'>): string => join(instance.dir, 'chaos');

/** Tells the shops of a machine apart: each checkout may have an instance of this name. */
export const shopId = ({ name, dir }: Pick<Instance, 'name' | 'dir'>): string =>
  `${name}-${createHash('sha256').update(dir).digest('hex').slice(0, 8)}`;

/** Those that are meant to run, as the supervisor has them now. */
export function specsNow(instance: Pick<Instance, 'dir'>): Specs {
  const records = readState(instance.dir, bootId()).processes.filter(({ wanted }) => wanted);
  return new Map(records.map(({ spec }) => [spec.name, spec]));
}

/**
 * As they were before the run that is under way, or that died; without one as they are now. A shop that was started with variants
 * keeps them, whatever an experiment adds.
 */
export function specsBefore(instance: Pick<Instance, 'dir'>): Specs {
  const text = readIfThere(beforeFile(instance));
  if (text === undefined) return specsNow(instance);
  return new Map((JSON.parse(text) as ProcessSpec[]).map((spec) => [spec.name, spec]));
}

/** Before anything is changed: whoever undoes it later may be another process. Their environments may hold secrets. */
export function rememberSpecs(instance: Pick<Instance, 'dir'>): Specs {
  const specs = specsNow(instance);
  writeFileAtomically(beforeFile(instance), JSON.stringify([...specs.values()]), 0o600);
  return specs;
}

/** Once everything is as it was. */
export function forgetSpecs(instance: Pick<Instance, 'dir'>): void {
  rmSync(beforeFile(instance), { force: true });
}

const beforeFile = (instance: Pick<Instance, 'dir'>): string => join(chaosFolder(instance), 'before.json');
