import { describe, expect, it } from '@jest/globals';
import { isOurs, nameOf, ourRemains, ownThings } from './leftovers.ts';
import type { Thing } from './leftovers.ts';

const souk = { 'app.kubernetes.io/part-of': 'souk' };
const thing = (kind: string, name: string, more: object = {}): Thing => ({ kind, metadata: { name, ...more } });
const owned = { ownerReferences: [{ kind: 'ReplicaSet', name: 'order-7c9f' }] };

describe('what is left in a namespace', () => {
  it('is not what the cluster puts into each', () => {
    const things = [
      thing('ConfigMap', 'kube-root-ca.crt'),
      thing('ServiceAccount', 'default'),
      thing('Event', 'order.17'),
      thing('EndpointSlice', 'order-x'),
      thing('Pod', 'order-7c9f-1', owned),
      thing('ConfigMap', 'mine'),
    ];
    expect(ownThings(things).map(nameOf)).toEqual(['configmap/mine']);
  });

  it.each([
    [thing('Pod', 'test-order', { labels: souk }), true],
    [thing('Secret', 'sh.helm.release.v1.souk.v1', { labels: { owner: 'helm', name: 'souk' } }), true],
    [thing('Secret', 'sh.helm.release.v1.other.v1', { labels: { owner: 'helm', name: 'other' } }), false],
    [thing('PersistentVolumeClaim', 'data-kafka-0', { labels: { 'app.kubernetes.io/instance': 'infra' } }), true],
    [thing('PersistentVolumeClaim', 'data-mine', {}), false],
    [thing('Secret', 'mine'), false],
  ])('%# is ours or a stranger’s', (one, ours) => expect(isOurs(one)).toBe(ours));

  it('counts pods that are still ending', () => {
    const ending = thing('Pod', 'order-7c9f-1', { labels: souk, ...owned });
    const slice = thing('EndpointSlice', 'order-x', { labels: souk });
    expect(ourRemains([ending, slice, thing('Pod', 'mine', owned)]).map(nameOf)).toEqual(['pod/order-7c9f-1']);
  });
});
