import { describe, expect, it } from '@jest/globals';
import { aContainer, aPod, aWorkload } from './cluster.mother.ts';
import { describeTrouble, fixFor, tellingLines } from './explain.ts';
import { podTroubles, readiness, refusals } from './trouble.ts';
import type { Trouble } from './trouble.ts';

const ref = { context: 'lab', namespace: 'souk' };
const waiting = (reason: string, message = '') => aContainer({ ready: false, state: { waiting: { reason, message } } });
const troubleOf = (...containers: Parameters<typeof aContainer>[0][]) =>
  podTroubles([aPod({ containers: containers.map((one) => aContainer(one)) })])[0];

describe('what keeps a pod from running', () => {
  it('is nothing when it runs, or has done its work', () => {
    expect(podTroubles([aPod(), aPod({ phase: 'Succeeded' })])).toEqual([]);
  });

  it.each(['ErrImageNeverPull', 'ImagePullBackOff'])('is an image that is not there (%s)', (reason) => {
    const trouble = troubleOf(waiting(reason));
    expect(trouble).toMatchObject({ kind: 'image', image: 'localhost/souk/order:1', final: true });
    expect(describeTrouble(trouble as Trouble)).toBe(
      `order-7c9f: ${reason}, image localhost/souk/order:1 is not there`,
    );
    expect(fixFor(trouble, ref)).toMatch(/run this again.*--image-loader and --image-registry/);
  });

  it('may be a pull that failed once', () =>
    expect(troubleOf(waiting('ErrImagePull'))).toMatchObject({ final: false }));

  it('is a process that ends again and again', () => {
    const crash = { ...waiting('CrashLoopBackOff'), lastState: { terminated: { reason: 'Error', exitCode: 1 } } };
    expect(troubleOf({ ...crash, restartCount: 1 })).toMatchObject({ kind: 'crash', final: false });
    expect(troubleOf({ ...crash, restartCount: 3 })).toMatchObject({
      final: true,
      message: 'ended with exit code 1, 3 restarts',
    });
    const oom = { ...crash, lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } };
    expect(troubleOf(oom)?.message).toMatch(/OOMKilled \(exit code 137\)/);
  });

  it('is a Secret that is missing', () => {
    const trouble = troubleOf(waiting('CreateContainerConfigError', 'secret "postgres-order" not found'));
    expect(trouble).toMatchObject({ kind: 'config' });
    expect(fixFor(trouble, ref)).toBe(
      'a Secret or ConfigMap is missing; kubectl --context lab --namespace souk describe pod order-7c9f names it',
    );
  });

  it('may be in a sidecar', () => {
    const pod = aPod({ inits: [aContainer({ ...waiting('ImagePullBackOff'), name: 'collector' })] });
    expect(describeTrouble(podTroubles([pod])[0] as Trouble)).toMatch(/^order-7c9f \(collector\): ImagePullBackOff/);
  });

  it('is a cluster that is full', () => {
    const conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'Insufficient memory' },
    ];
    const [trouble] = podTroubles([aPod({ phase: 'Pending', containers: [], conditions })]);
    expect(trouble).toMatchObject({ kind: 'pending', message: 'Insufficient memory', final: false });
    expect(fixFor(trouble, ref)).toMatch(/more memory or CPU/);
  });

  it('is told with the most telling first', () => {
    const slow = aPod({ name: 'a', containers: [aContainer({ ready: false })] });
    const lost = aPod({ name: 'b', containers: [waiting('ErrImageNeverPull')] });
    expect(podTroubles([slow, lost]).map(({ kind }) => kind)).toEqual(['image', 'other']);
  });
});

describe('pods that may not be created', () => {
  const message = 'pods "order-" is forbidden: violates PodSecurity "restricted:latest"';

  it('are in a condition of their deployment', () => {
    const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }];
    const [refusal] = refusals([aWorkload('order', { conditions })], { items: [] });
    expect(refusal).toMatchObject({ kind: 'refused', where: 'deployment order', final: true });
    expect(fixFor(refusal, ref)).toMatch(/Pod Security, or the quota/);
  });

  it('are in the events of a StatefulSet', () => {
    const involvedObject = { kind: 'StatefulSet', name: 'kafka' };
    const event = { type: 'Warning', reason: 'FailedCreate', message: 'exceeded quota: souk', involvedObject };
    expect(refusals([], { items: [event] })).toMatchObject([{ where: 'statefulset kafka', final: true }]);
  });
});

describe('readiness', () => {
  it('wants every replica, of the newest version', () => {
    const workloads = [
      aWorkload('order'),
      aWorkload('payment', { readyReplicas: 0 }),
      aWorkload('catalog', { observedGeneration: 1 }),
      aWorkload('gateway', { replicas: 2, readyReplicas: 2, updatedReplicas: 1 }),
      aWorkload('idle', { replicas: 0 }),
    ];
    expect(readiness(workloads)).toEqual({ ready: ['idle', 'order'], waiting: ['catalog', 'gateway', 'payment'] });
  });
});

describe('the last words of a process', () => {
  it('begin where an error is named, not at the end of its stack', () => {
    const log = ['starting', 'Error: Cannot find module', '  at a', '  at b', '', 'Node.js v24'].join('\n');
    expect(tellingLines(log, 2)).toEqual(['Error: Cannot find module', '  at a']);
    expect(tellingLines('{"level":"info"}\n{"level":"fatal","msg":"no config"}\nbye\n', 1)).toEqual([
      '{"level":"fatal","msg":"no config"}',
    ]);
  });

  it('are the last ones elsewhere', () => expect(tellingLines('a\nb\nc\n', 2)).toEqual(['b', 'c']));
});
