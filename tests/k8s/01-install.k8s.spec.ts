import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { kubectl } from '../../tools/cli/src/cluster/kubectl.ts';
import { CliError } from '../../tools/cli/src/errors.ts';
import { helm, kube, NAMESPACE, NODE_PORT, pods, ref, souk, soukOk } from './support/cluster.ts';

const COLD_BUILD_MS = 600_000;

/** Names and hashes: what a Secret holds must not stand in the output of a test. */
async function secrets(): Promise<string[]> {
  const args = ['get', 'secrets', '--selector', 'app.kubernetes.io/instance=infra', '--output', 'json'];
  const { items } = JSON.parse(await kube(args)) as { items: { metadata: { name: string }; data: object }[] };
  const hash = (data: object) => createHash('sha256').update(JSON.stringify(data)).digest('hex');
  return items.map(({ metadata, data }) => `${metadata.name} ${hash(data)}`).sort();
}

describe('a shop on a cluster', () => {
  beforeAll(async () => void (await souk('down')), 300_000);

  it(
    'comes up by one command and confirms an order',
    async () => {
      const result = await soukOk('up', '--node-port', NODE_PORT);
      console.log(`up: ${Math.round(Number(result.elapsedMs) / 1_000)} s, memory ${JSON.stringify(result.memoryMiB)}`);
      expect(result).toMatchObject({ status: 'ok', orderStatus: 'confirmed' });
    },
    COLD_BUILD_MS,
  );

  it('passes helm test, which places an order from inside', async () => {
    expect(await helm('test', 'souk', '--logs')).toMatch(/order \S+ confirmed/);
  }, 120_000);

  it('says how it is', async () => {
    expect(await souk('status')).toMatchObject({ exitCode: 0, result: { status: 'ok' } });
  }, 60_000);

  it('is installed again without a change: the setup Job runs again, no pod is replaced, no key made anew', async () => {
    const names = async () => (await pods()).map(({ metadata }) => metadata.name).sort();
    const [before, secretsBefore] = [await names(), await secrets()];
    expect(secretsBefore).toHaveLength(16);
    expect(await soukOk('up', '--node-port', NODE_PORT)).toMatchObject({ orderStatus: 'confirmed' });
    expect(await names()).toEqual(before);
    expect(await secrets()).toEqual(secretsBefore);
    expect(await helm('history', 'souk')).toMatch(/^2\b.*deployed/m);
  }, 180_000);
});

describe('Pod Security restricted', () => {
  it('is enforced in the namespace', async () => {
    const path = 'jsonpath={.metadata.labels.pod-security\\.kubernetes\\.io/enforce}';
    expect(await kubectl(ref, ['get', 'namespace', NAMESPACE, '--output', path], { namespaced: false })).toBe(
      'restricted',
    );
    const root = ['run', 'root', '--image=none:1', '--dry-run=server'];
    const refusal = await kube(root).catch((error: unknown) => (error instanceof CliError ? error.why : ''));
    expect(refusal).toContain('violates PodSecurity "restricted');
  });

  it('accepts every pod that is there, without a warning', async () => {
    const all = await pods();
    expect(all.length).toBeGreaterThanOrEqual(11);
    for (const { metadata } of all) {
      const text = await kube(['get', 'pod', metadata.name, '--output', 'json']);
      const pod = JSON.parse(text) as { metadata: object; spec: { nodeName?: string } };
      const { nodeName: _node, ...spec } = pod.spec;
      const again = { ...pod, status: undefined, spec, metadata: { name: `${metadata.name}-again`, labels: {} } };
      // With --warnings-as-errors whatever the API server warns of is a failure.
      const args = ['create', '--dry-run=server', '--warnings-as-errors', '--filename', '-', '--output', 'name'];
      expect(await kube(args, { input: JSON.stringify(again) })).toContain(`${metadata.name}-again`);
    }
  }, 60_000);

  it('refused nothing while the shop came up', async () => {
    const events = await kube(['get', 'events', '--field-selector', 'reason=FailedCreate', '--output', 'name']);
    expect(events).toBe('');
  });
});
