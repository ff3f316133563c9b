import { describe, expect, it } from '@jest/globals';
import { MANAGER } from './disown.ts';
import { aWorkload, SmallCluster } from './small-cluster.mother.ts';

const aShop = () =>
  new SmallCluster([
    aWorkload('order', { replicas: 2 }),
    aWorkload('payment'),
    aWorkload('mongodb', { kind: 'StatefulSet' }),
  ]);

describe('a shop in a cluster', () => {
  it('has the processes that it has on the host, by the same names', async () => {
    const found = await aShop().target().processes();
    expect(found).toEqual(['order', 'payment', 'mongo'].map((name) => ({ name, pid: 1, ready: true, restarts: 0 })));
  });

  it('keeps a process away, and starts as many of it as there were: also by another process, twice', async () => {
    const cluster = aShop();
    await cluster.target().stop('order');
    expect(await cluster.target().process('order')).toMatchObject({ pid: null, ready: false });
    for (const _ of ['once', 'twice']) await cluster.target().start('order');
    expect(cluster.workload('order').spec.replicas).toBe(2);
    expect(cluster.calls.map(([verb]) => verb)).toEqual(['patch', 'patch', 'patch']);
  });

  it('owns what it has changed only until all of it is put back', async () => {
    const cluster = aShop();
    await cluster.target().restart('payment', { env: { SOUK_FAILPOINTS: 'on' } });
    await cluster.target().stop('payment');
    await cluster.target().start('payment');
    expect(cluster.owners('payment')).toEqual(['helm', MANAGER]);
    await cluster.target().asBefore('payment');
    expect(cluster.owners('payment')).toEqual(['helm']);
  });

  it('kills a process that it keeps away only after nobody starts it again', async () => {
    const cluster = aShop();
    await cluster.target().stop('mongo', 'kill');
    expect(cluster.calls.map(([verb, what]) => `${verb} ${what}`)).toEqual(['patch statefulset/mongodb', 'delete pod']);
    expect(cluster.calls[1]).toEqual(expect.arrayContaining(['mongodb-0', '--grace-period=0', '--force']));
  });

  it('kills a process of ours from inside, in every pod of it, and waits until they are there again', async () => {
    const cluster = aShop();
    await cluster.target().signal('order', 'SIGKILL');
    expect(cluster.calls.map(([verb, pod]) => `${verb} ${pod}`)).toEqual(['exec order-0', 'exec order-1']);
    expect((await cluster.target().process('order')).restarts).toBe(2);
  });

  it('kills a store by its pod', async () => {
    const cluster = aShop();
    await cluster.target().signal('mongo', 'SIGKILL');
    expect(cluster.calls.map(([verb, what]) => `${verb} ${what}`)).toEqual(['delete pod']);
  });

  it('refuses to freeze anybody', () =>
    expect(aShop().target().signal('order', 'SIGSTOP')).rejects.toThrow('nobody outside of a pod can send SIGSTOP'));

  it('puts back settings and count, whoever has changed them', async () => {
    const cluster = aShop();
    await cluster.target().restart('payment', { env: { SOUK_FAILPOINTS: 'on' } });
    await cluster.target().stop('payment');
    await cluster.target().asBefore('payment');
    const { annotations } = cluster.workload('payment').metadata;
    expect({ ...cluster.workload('payment').spec, annotations }).toEqual({
      ...aWorkload('payment').spec,
      annotations: {},
    });
    const calls = cluster.calls.length;
    await cluster.target().asBefore('payment');
    expect(cluster.calls).toHaveLength(calls);
  });

  it('names what there is where it has no such process', () =>
    expect(aShop().target().stop('kafka')).rejects.toThrow('the shop runs no kafka in this namespace'));
});
