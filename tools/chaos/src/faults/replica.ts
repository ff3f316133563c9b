import { z } from 'zod';
import { openInstance, type Instance } from '../../../cli/src/instance.ts';
import { managementPortOf } from '../../../cli/src/ports.ts';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import type { ProcessSpec } from '../../../cli/src/supervisor/process-spec.ts';
import { portIsFree } from '../../../cli/src/system/port-holder.ts';
import { specsNow } from '../target/before.ts';
import type { Target } from '../target/target.ts';
import type { Fault } from './fault.ts';
import { addProcess, endMarked, markOf } from './marks.ts';
import { processName } from './parameters.ts';
import { startAgain } from './ways-back.ts';

const READY_MS = 60_000;
/** Above the ports of the instance itself. */
const PORT_OFFSET = 400;
/** The first that leads to ports which nobody has. */
const PORT_OFFSETS = [PORT_OFFSET, 410, 420, 430, 440, 450];

const parameters = z.strictObject({ process: processName });
type Parameters = z.output<typeof parameters>;

/** One more process of a service, named like `order-2`: it shares partitions, lanes, leases and work with the first one. Counts `own.replicas.ready`. */
export const replica: Fault<Parameters> = {
  kind: 'replica',
  summary: 'a second process of a service, which shares its work',
  on: ['host', 'k8s'],
  parameters,
  says: ({ process }) => `a second ${process}`,
  inject: async ({ target, journal, until, count, note }, { process }) => {
    if (target.scaleUp !== undefined) {
      await journal.before({ ...startAgain(process), says: `end the second ${process}` });
      await target.scaleUp(process);
      count('replicas.ready');
      return note(`there is a second ${process}`);
    }
    const { spec, mark } = await secondOf(target, process);
    await journal.before(endMarked(mark, `end ${spec.name}`));
    const child = addProcess(mark, spec);
    await waitFor(`${spec.name} is ready`, READY_MS, async () => {
      if (child.exitCode !== null || until.aborted) return true;
      const answer = await fetch(`http://127.0.0.1:${spec.probe.port}/readyz`, { signal: AbortSignal.timeout(2_000) });
      return answer.status === 200;
    });
    if (until.aborted) return note(`${spec.name} was not ready before the fault was over`);
    if (child.exitCode !== null) throw new Error(`${spec.name} ended with exit code ${child.exitCode}`);
    count('replicas.ready');
    note(`${spec.name} is there, on port ${spec.port}`);
  },
};

/** As the first one, on ports of its own. @throws Error for a process that is not one of the shop's own */
export function specOfReplica({ ports }: Instance, spec: ProcessSpec, offset = PORT_OFFSET): ProcessSpec {
  const management = managementPortOf(ports, spec.name);
  if (management === null) throw new Error(`there is only one ${spec.name}`);
  const [port, managementPort] = [spec.port + offset, management + offset];
  return {
    ...spec,
    name: `${spec.name}-2`,
    port,
    probe: { protocol: 'http', port: managementPort },
    env: { ...spec.env, HTTP_PORT: String(port), MANAGEMENT_PORT: String(managementPort) },
  };
}

/** As the first one runs just now, with everything that this run has changed, and the mark by which it is found again. */
export async function secondOf({ context }: Target, process: string): Promise<{ spec: ProcessSpec; mark: string }> {
  const instance = openInstance(context.instance);
  const first = specsNow(instance).get(process);
  if (first === undefined) throw new Error(`${process} does not run`);
  const spec = await onFreePorts(instance, first);
  return { spec, mark: markOf(instance.name, spec.name) };
}

/** On the first ports that nobody has. @throws Error where there are none */
async function onFreePorts(instance: Instance, first: ProcessSpec): Promise<ProcessSpec> {
  for (const offset of PORT_OFFSETS) {
    const spec = specOfReplica(instance, first, offset);
    if ((await portIsFree(spec.port)) && (await portIsFree(spec.probe.port))) return spec;
  }
  throw new Error(`there are no free ports for a second ${first.name}`);
}
