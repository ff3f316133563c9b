import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { allowedCalls } from '../charts/graph.ts';
import type { Manifest } from '../charts/manifests.ts';
import { DEPLOYMENTS, helm, IDENTITY, kube, pods, readyPods, type Pod } from './support/cluster.ts';
import { nameOf, NOBODY, reachableFrom, startNobody, stopNobody, targetsOf, type Target } from './support/network.ts';

/** What runs our image and so has a node to try with; stores and collectors share neither. */
const CALLERS = [...DEPLOYMENTS, IDENTITY, 'trace-store'];

interface Values extends Record<string, { readonly calls?: readonly string[] }> {
  readonly global: { readonly calls?: []; readonly collector: { readonly mode: string; readonly call: string } };
}

let all: readonly Pod[];
let targets: readonly Target[];
let values: Values;

beforeAll(async () => {
  for (const name of CALLERS) await readyPods(name);
  all = await pods();
  targets = targetsOf(all);
  values = parse(await helm('get', 'values', 'souk', '--all', '--output', 'yaml')) as Values;
  const image = all.find((pod) => nameOf(pod) === 'gateway')?.spec.containers[0]?.image ?? '';
  await startNobody(image);
}, 120_000);
afterAll(stopNobody);

/** The declared graph: `calls` of the deployable, and where it sends its spans. */
function declared(caller: string): string[] {
  const { mode, call } = values.global.collector;
  const spans = { sidecar: [call], daemonset: ['collector.otlp'] }[mode] ?? [];
  const calls = [...(values[caller]?.calls ?? []), ...(values[caller] === undefined ? [] : spans)];
  return calls.map((one) => (one.includes('.') ? one : `${one}.http`)).sort();
}

const others = (caller: string) => targets.filter(({ name }) => !name.startsWith(`${caller}.`));

/** What a pod under the default deny alone reaches. Where that is most of it, nobody enforces policies: then there is nothing to test. */
const reachedByNobody = (): Promise<string[]> => reachableFrom(NOBODY, NOBODY, targets);

describe('who can open a connection to whom', () => {
  it('is everything there is to try', () => {
    expect(targets.length).toBeGreaterThanOrEqual(30);
    expect(new Set(all.map(nameOf))).toEqual(new Set([...CALLERS, 'kafka', 'mongodb', 'postgres', 'valkey']));
  });

  it('is what the policies in the cluster say', async () => {
    const kinds = 'deployments,statefulsets,networkpolicies';
    const { items } = JSON.parse(await kube(['get', kinds, '--output', 'json'])) as { items: Manifest[] };
    const said = allowedCalls(items).map((line) => line.split(' -> '));
    for (const caller of CALLERS) {
      const to = said.flatMap(([from, name = '']) => (from === caller ? [name] : []));
      expect([caller, to.sort()]).toEqual([caller, declared(caller)]);
    }
  });

  it('is what the shop declares in charts/souk/values.yaml, and nothing else', async () => {
    const open = await reachedByNobody();
    if (open.length > new Set(targets.map(({ name }) => name)).size / 2) {
      console.log('k8s: connections not tried (the network plugin of this cluster enforces no policies)');
      return;
    }
    expect(open).toEqual([]);
    const found = await Promise.all(
      CALLERS.map(async (caller) => {
        const pod = all.find((one) => nameOf(one) === caller)?.metadata.name ?? '';
        return [caller, await reachableFrom(pod, caller, others(caller))] as const;
      }),
    );
    console.log(`connections: ${CALLERS.length} pods × ${targets.length} ports tried, and a pod of nobody's`);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(CALLERS.map((caller) => [caller, declared(caller)])));
  }, 60_000);
});
