import { describe, expect, it } from '@jest/globals';
import { aContainer, aPod, aWorkload } from './cluster.mother.ts';
import { ReleaseWatch } from './release.ts';

const START = Date.parse('2026-01-01T12:00:00Z');
const young = { createdAt: '2026-01-01T12:00:05Z' };
const lost = aContainer({ ready: false, state: { waiting: { reason: 'ErrImageNeverPull' } } });

describe('watching a release', () => {
  it('says who is ready, once', () => {
    const watch = new ReleaseWatch(START);
    const seen = { pods: [], workloads: [aWorkload('order'), aWorkload('payment', { readyReplicas: 0 })] };
    expect(watch.look(seen)).toBe('1 of 2 ready; waiting for payment');
    expect(watch.look(seen)).toBeUndefined();
  });

  it('says that the hook runs', () => {
    const job = aPod({ name: 'setup-x7', app: 'setup', ...young });
    expect(new ReleaseWatch(START).look({ pods: [job], workloads: [aWorkload('order')] })).toBe(
      'databases, migrations and topics',
    );
  });

  it('gives up on what does not mend itself, but not at once', () => {
    const watch = new ReleaseWatch(START);
    const seen = { pods: [aPod({ ...young, containers: [lost] })], workloads: [] };
    watch.look(seen, START);
    expect(watch.hopeless(START + 14_999)).toBeUndefined();
    watch.look(seen, START + 15_000);
    expect(watch.hopeless(START + 15_000)).toMatchObject({ kind: 'image' });
  });

  it('gives up though a pull fails and backs off in turn', () => {
    const watch = new ReleaseWatch(START);
    const failing = (reason: string) => aContainer({ ready: false, state: { waiting: { reason } } });
    ['ErrImagePull', 'ImagePullBackOff', 'ErrImagePull'].forEach((reason, index) =>
      watch.look({ pods: [aPod({ ...young, containers: [failing(reason)] })], workloads: [] }, START + index * 8_000),
    );
    expect(watch.hopeless(START + 16_000)).toMatchObject({ reason: 'ImagePullBackOff' });
  });

  it('takes heart again when it has mended', () => {
    const watch = new ReleaseWatch(START);
    watch.look({ pods: [aPod({ ...young, containers: [lost] })], workloads: [] }, START);
    watch.look({ pods: [aPod(young)], workloads: [] }, START + 1_000);
    expect(watch.hopeless(START + 60_000)).toBeUndefined();
  });

  it('does not mind pods of an earlier attempt, which this one replaces', () => {
    const watch = new ReleaseWatch(START);
    watch.look({ pods: [aPod({ containers: [lost] })], workloads: [] }, START);
    expect(watch.hopeless(START + 60_000)).toBeUndefined();
  });
});
