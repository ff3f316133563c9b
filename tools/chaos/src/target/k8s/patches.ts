import type { EnvEntry, Workload } from './workloads.ts';

/** Of a workload that is kept away, or of which there are more: how many there were. */
export const REPLICAS = 'souk.dev/chaos-replicas';
/** Of one that runs with other settings: the variables that were changed, as they were; null for one that was not there. */
export const ENV = 'souk.dev/chaos-env';

/** A strategic merge patch. */
export type Patch = Readonly<Record<string, unknown>>;
type Former = Readonly<Record<string, EnvEntry | null>>;

/** Nobody of it runs; how many there were is written on it in the same step. Undefined where it is kept away already. */
export function stopPatch({ metadata, spec: { replicas = 1 } }: Workload): Patch | undefined {
  const before = metadata.annotations?.[REPLICAS];
  if (before !== undefined && replicas === 0) return undefined;
  return { metadata: { annotations: { [REPLICAS]: before ?? String(replicas) } }, spec: { replicas: 0 } };
}

/** One more than there are; how many there were at first is written on it. */
export function morePatch({ metadata, spec: { replicas = 1 } }: Workload): Patch {
  const before = metadata.annotations?.[REPLICAS] ?? String(replicas);
  return { metadata: { annotations: { [REPLICAS]: before } }, spec: { replicas: replicas + 1 } };
}

/** As many as there were; undefined where that is so already. */
export function startPatch({ metadata }: Workload): Patch | undefined {
  const replicas = metadata.annotations?.[REPLICAS];
  if (replicas === undefined) return undefined;
  return { metadata: { annotations: { [REPLICAS]: null } }, spec: { replicas: Number(replicas) } };
}

/**
 * These variables are set, those that an earlier patch has set and that are not among them are as they were before it. Undefined where
 * nothing changes.
 */
export function envPatch(workload: Workload, env: Readonly<Record<string, string>>): Patch | undefined {
  const [container] = workload.spec.template.spec.containers;
  if (container === undefined) throw new Error(`${workload.metadata.name} has no container`);
  const now = new Map((container.env ?? []).map((entry) => [entry.name, entry]));
  const before = formerOf(workload);
  if (Object.keys(before).length === 0 && Object.keys(env).length === 0) return undefined;
  const former = Object.fromEntries(
    Object.keys(env).map((name) => [name, name in before ? (before[name] ?? null) : (now.get(name) ?? null)]),
  );
  const back = Object.keys(before).filter((name) => !(name in env));
  return {
    metadata: { annotations: { [ENV]: Object.keys(former).length === 0 ? null : JSON.stringify(former) } },
    spec: {
      template: {
        spec: {
          containers: [
            {
              name: container.name,
              env: [
                ...Object.entries(env).map(([name, value]) => ({ name, value, valueFrom: null })),
                ...back.map((name) => asItWas(name, before[name] ?? null)),
              ],
            },
          ],
        },
      },
    },
  };
}

/** Something of it is to be put back. */
export const isChanged = ({ metadata: { annotations = {} } }: Workload): boolean =>
  REPLICAS in annotations || ENV in annotations;

const formerOf = ({ metadata }: Workload): Former => JSON.parse(metadata.annotations?.[ENV] ?? '{}') as Former;

const asItWas = (name: string, entry: EnvEntry | null): object =>
  entry === null ? { name, $patch: 'delete' } : { value: null, valueFrom: null, ...entry };
