import { composeMemory } from './infra/compose.ts';
import type { Instance } from './instance.ts';
import { ask } from './supervisor/launch.ts';
import { processTree, treePssMiB } from './system/memory.ts';

/** Memory of an instance in MiB; the supervisor and what takes in the traces count as services. */
export async function memoryOf(instance: Instance): Promise<{ services: number; infra: number }> {
  const answer = await ask(instance, { op: 'status' });
  const tree = processTree();
  const sum = (infra: boolean) =>
    (answer?.processes ?? [])
      .filter((one) => (one.kind === 'infra') === infra && one.pid !== null)
      .reduce((total, one) => total + treePssMiB(one.pid ?? 0, tree), 0);
  const containers = instance.infra === 'compose' ? [...(await composeMemory(instance)).values()] : [];
  const inContainers = containers.reduce((total, one) => total + one, 0);
  const supervisor = answer ? treePssMiB(answer.supervisorPid, new Map()) : 0;
  return { services: sum(false) + supervisor, infra: sum(true) + inContainers };
}
