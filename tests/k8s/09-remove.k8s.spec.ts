import { expect, it } from '@jest/globals';
import { kubectl } from '../../tools/cli/src/cluster/kubectl.ts';
import { NAMESPACE, ref, soukOk } from './support/cluster.ts';

const clusterWide = (...args: string[]) => kubectl(ref, args, { namespaced: false });

it('the shop goes by one command and leaves nothing behind', async () => {
  const began = performance.now();
  expect(await soukOk('down')).toMatchObject({ status: 'ok' });
  console.log(`down: ${Math.round((performance.now() - began) / 1_000)} s`);
  expect(await clusterWide('get', 'namespace', NAMESPACE, '--ignore-not-found', '--output', 'name')).toBe('');
  const { items } = JSON.parse(await clusterWide('get', 'persistentvolumes', '--output', 'json')) as {
    items: { spec: { claimRef?: { namespace: string } } }[];
  };
  expect(items.filter(({ spec }) => spec.claimRef?.namespace === NAMESPACE)).toEqual([]);
}, 240_000);

it('nor anything that belongs to no namespace', async () => {
  const kinds = await clusterWide('api-resources', '--namespaced=false', '--verbs=list', '--output=name');
  const left: string[] = [];
  for (const kind of kinds.split('\n').filter(Boolean)) {
    const selector = `app.kubernetes.io/part-of=souk`;
    const found = await clusterWide('get', kind, '--selector', selector, '--output', 'name').catch(() => '');
    left.push(...found.split('\n').filter((line) => line !== '' && !line.startsWith('namespace/')));
  }
  expect(left).toEqual([]);
}, 120_000);
