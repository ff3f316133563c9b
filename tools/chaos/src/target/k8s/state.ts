import type { State } from '../../run/left-behind.ts';
import { ENV, REPLICAS } from './patches.ts';
import type { EnvEntry, Workload } from './workloads.ts';

/** A ConfigMap, as far as it is read here. */
export interface ConfigMap {
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

const LIVE = '-live';
/** Which texts there were is no setting. */
const HISTORY = '.history.jsonl';

/** What a run must not change for good, in a cluster: how many run of what, with which variables, what they follow, and the knobs. Pure. */
export function stateIn(
  workloads: readonly Workload[],
  maps: readonly ConfigMap[],
  knobs: ReadonlyMap<string, string>,
): State {
  const running = workloads.map((one): [string, string] => [
    `${one.kind.toLowerCase()} ${one.metadata.name}`,
    howItRuns(one),
  ]);
  const followed = maps.flatMap(({ metadata: { name }, data = {} }) =>
    Object.entries(data).flatMap(([part, text]): [string, string][] =>
      name.endsWith(LIVE) && !part.endsWith(HISTORY) ? [[`${part} of ${name}`, text]] : [],
    ),
  );
  return { specs: new Map(), settings: new Map([...running, ...followed, ...knobs]), strays: [] };
}

function howItRuns({ metadata: { annotations = {} }, spec }: Workload): string {
  const containers = spec.template.spec.containers.map(({ name, env = [] }) => ({ name, env: env.toSorted(byName) }));
  const ours = [REPLICAS, ENV].map((key) => annotations[key] ?? null);
  // How many there are may be an autoscaler's doing; what a run has changed of it is in ours.
  return JSON.stringify({ runs: (spec.replicas ?? 1) > 0, containers, ours });
}

const byName = (a: EnvEntry, b: EnvEntry): number => a.name.localeCompare(b.name);
