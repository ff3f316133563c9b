import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { marked } from '../../tools/chaos/src/faults/marks.ts';
import type { Verdict } from '../../tools/chaos/src/run/verdict.ts';
import { k8sSite } from '../../tools/chaos/src/target/k8s/k8s-site.ts';
import { MANAGER } from '../../tools/chaos/src/target/k8s/disown.ts';
import { ENV, REPLICAS } from '../../tools/chaos/src/target/k8s/patches.ts';
import type { Workload } from '../../tools/chaos/src/target/k8s/workloads.ts';
import { kubectlJson } from '../../tools/cli/src/cluster/kubectl.ts';
import { REPO_ROOT } from '../../tools/cli/src/home.ts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { drawn } from '../../tools/cli/src/testing/short-form.ts';
import { IDENTITY, LOOK_EVERY_MS, NAMESPACE, NODE_PORT, readyPods, ref, souk, soukOk } from './support/cluster.ts';

interface Managed {
  readonly metadata: { readonly managedFields: readonly { readonly manager: string }[] };
}

/** The short form has one of them, by the seed. */
const EXPERIMENTS: readonly (readonly [string, string])[] = [
  ['kafka-down', 'a store is stopped, and its pod killed'],
  ['inventory-dies-handling', 'a process of ours runs with other settings, and is killed inside its pod'],
  ['cards-declined', 'nothing is restarted'],
];
const RUN_MS = 150_000;
const IN_FORCE_WITHIN_MS = 60_000;

const workload = (name: string): Promise<Workload> => kubectlJson<Workload>(ref, ['get', name]);
const owners = async (name: string): Promise<string[]> => {
  const { metadata } = await kubectlJson<Managed>(ref, ['get', name, '--show-managed-fields']);
  return metadata.managedFields.map(({ manager }) => manager);
};
const writtenOn = ({ metadata }: Workload) => [REPLICAS, ENV].map((key) => metadata.annotations?.[key]);

async function run(experiment: string): Promise<Verdict> {
  const { result, output } = await souk('chaos', 'run', experiment, '--seed', '1');
  const [verdict] = (result['runs'] ?? []) as Verdict[];
  if (verdict === undefined) throw new Error(output);
  return verdict;
}

beforeAll(async () => {
  await soukOk('up', '--node-port', NODE_PORT);
}, 240_000);

describe('experiments on a cluster come to the verdict that they come to on a host', () => {
  it.each(drawn(EXPERIMENTS))(
    '%s: %s',
    async (experiment, _what) => {
      const { verdict, sentence, on, leftBehind, invariants } = await run(experiment);
      expect({ on, leftBehind, verdict, sentence }).toEqual({ on: 'k8s', leftBehind: [], verdict: 'pass', sentence });
      expect(invariants.length).toBeGreaterThan(10);
    },
    RUN_MS,
  );

  it('one that needs what a cluster has not is refused before anything is broken', async () => {
    const { exitCode, output } = await souk('chaos', 'run', 'kafka-down', 'power-cut');
    expect(exitCode).toBe(1);
    expect(output).toContain('power-cut cannot be injected on a cluster');
  });
});

describe('a runner that is killed while a process is away', () => {
  it(
    'leaves it away, with its way back written on it, and halt brings it back',
    async () => {
      const args = ['chaos', 'run', 'identity-away', '--on', 'current', '--namespace', NAMESPACE];
      const runner = spawn(join(REPO_ROOT, 'souk'), args, { cwd: REPO_ROOT, stdio: 'ignore' });
      const name = `deployment/${IDENTITY}`;
      const isAway = async () => (await workload(name)).status?.replicas === undefined;
      await waitFor(`${IDENTITY} is away`, IN_FORCE_WITHIN_MS, isAway, LOOK_EVERY_MS);
      runner.kill('SIGKILL');
      await once(runner, 'exit');
      expect(writtenOn(await workload(name))).toEqual(['1', undefined]);
      expect(await owners(name)).toContain(MANAGER);

      const { undone } = await soukOk('chaos', 'halt');
      expect(undone).toContain(`start ${IDENTITY} again`);
      await readyPods(IDENTITY, 1);
      expect(writtenOn(await workload(name))).toEqual([undefined, undefined]);
      // Helm 4 may change its count without a conflict.
      expect(await owners(name)).not.toContain(MANAGER);
      expect(marked(k8sSite(ref).dir)).toEqual([]);
      expect(await soukOk('chaos', 'halt')).toMatchObject({ undone: [] });
    },
    RUN_MS,
  );
});
