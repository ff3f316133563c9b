import type { Instance } from './instance.ts';
import { ask } from './supervisor/launch.ts';
import { processTree, treePssMiB } from './system/memory.ts';

/** Memory of an instance in MiB; the supervisor counts as a service. */
export async function memoryOf(instance: Instance): Promise<{ services: number; infra: number }> {
  const answer = await ask(instance, { op: 'status' });
  const tree = processTree();
  const sum = (kind: 'infra' | 'service') =>
    (answer?.processes ?? [])
      .filter((one) => one.kind === kind && one.pid !== null)
      .reduce((total, one) => total + treePssMiB(one.pid ?? 0, tree), 0);
  const supervisor = answer ? treePssMiB(answer.supervisorPid, new Map()) : 0;
  return { services: sum('service') + supervisor, infra: sum('infra') };
}
