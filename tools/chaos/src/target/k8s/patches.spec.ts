import { describe, expect, it } from '@jest/globals';
import { ENV, envPatch, morePatch, REPLICAS, startPatch, stopPatch } from './patches.ts';
import { aWorkload, patched } from './small-cluster.mother.ts';
import type { Workload } from './workloads.ts';

const envOf = ({ spec }: Workload) => spec.template.spec.containers[0]?.env;
const stopped = (workload: Workload) => patched(workload, stopPatch(workload) ?? {});
const started = (workload: Workload) => patched(workload, startPatch(workload) ?? {});
const told = (workload: Workload, env: Record<string, string>) => patched(workload, envPatch(workload, env) ?? {});

describe('a workload that is kept away', () => {
  it('has none, and says how many there were, in one patch', () => {
    expect(stopPatch(aWorkload('order', { replicas: 2 }))).toEqual({
      metadata: { annotations: { [REPLICAS]: '2' } },
      spec: { replicas: 0 },
    });
  });

  it('has as many afterwards, and nothing written on it', () => {
    const back = started(stopped(aWorkload('order', { replicas: 2 })));
    expect(back.spec.replicas).toBe(2);
    expect(back.metadata.annotations).toEqual({});
  });

  it('is not kept away a second time: the count of before would be lost', () =>
    expect(stopPatch(stopped(aWorkload('order', { replicas: 2 })))).toBeUndefined());

  it('is kept away also where somebody came to help before, or the way back of a dead runner stands on it', () => {
    const more = patched(aWorkload('order'), morePatch(aWorkload('order')));
    const away = stopped(more);
    expect(away.spec.replicas).toBe(0);
    expect(started(away).spec.replicas).toBe(1);
  });

  it('may have been one of several that came to help', () => {
    const more = patched(aWorkload('order'), morePatch(aWorkload('order')));
    expect(more.spec.replicas).toBe(2);
    expect(started(patched(more, morePatch(more))).spec.replicas).toBe(1);
  });

  it('is not started where nobody keeps it away', () => expect(startPatch(aWorkload('order'))).toBeUndefined());
});

describe('a workload that runs with other settings', () => {
  const secret = { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } };
  const before = aWorkload('order', { env: [{ name: 'A', value: '1' }, secret] });

  it('has them, and what was there is written on it', () => {
    const now = told(before, { A: '2', B: '3' });
    expect(envOf(now)).toEqual([{ name: 'A', value: '2' }, secret, { name: 'B', value: '3' }]);
    expect(JSON.parse(now.metadata.annotations?.[ENV] ?? '')).toEqual({ A: { name: 'A', value: '1' }, B: null });
  });

  it('is as before once they are gone: variables that were there, that were not, and that come from elsewhere', () => {
    const back = told(told(before, { A: '2', B: '3', TOKEN: 'x' }), {});
    expect(envOf(back)).toEqual([{ name: 'A', value: '1' }, secret]);
    expect(back.metadata.annotations).toEqual({});
  });

  it('remembers how it was at first, however often they change', () => {
    const twice = told(told(before, { A: '2' }), { A: '4', B: '3' });
    expect(envOf(told(twice, {}))).toEqual([{ name: 'A', value: '1' }, secret]);
    const other = told(told(before, { A: '2' }), { B: '3' });
    expect(envOf(other)).toEqual([{ name: 'A', value: '1' }, secret, { name: 'B', value: '3' }]);
  });

  it('is left alone where nothing changes', () => expect(envPatch(before, {})).toBeUndefined());
});
