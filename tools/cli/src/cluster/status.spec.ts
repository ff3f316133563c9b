import { describe, expect, it } from '@jest/globals';
import { aContainer, aPod, aWorkload } from './cluster.mother.ts';
import { logSources } from './logs.ts';
import { readTop, sumMemory } from './memory.ts';
import { tagOf, workloadLines } from './status.ts';

const order = aPod({
  containers: [aContainer()],
  inits: [
    aContainer({ name: 'collector', image: 'otel/collector:1', restartCount: 2 }),
    aContainer({ name: 'wait', state: { terminated: { exitCode: 0 } } }),
  ],
});
const kafka = aPod({ app: 'kafka', name: 'kafka-0', release: 'infra', containers: [aContainer({ name: 'kafka' })] });
const top = 'kafka-0   kafka      21m   219Mi\norder-7c9f   order   5m   90Mi\norder-7c9f collector 1m 12Mi\n';

describe('memory', () => {
  it('is what kubectl top says, in MiB', () => {
    expect(readTop(`${top}order-7c9f ambassador 2 1Gi\nerror: Metrics API not available\n`)).toEqual([
      { pod: 'kafka-0', container: 'kafka', milliCpu: 21, memoryMiB: 219 },
      { pod: 'order-7c9f', container: 'order', milliCpu: 5, memoryMiB: 90 },
      { pod: 'order-7c9f', container: 'collector', milliCpu: 1, memoryMiB: 12 },
      { pod: 'order-7c9f', container: 'ambassador', milliCpu: 2_000, memoryMiB: 1_024 },
    ]);
  });

  it('is summed for the shop, sidecars included, and for its stores', () => {
    expect(sumMemory(readTop(top), new Set(['kafka-0']))).toEqual({ services: 102, infra: 219 });
  });
});

describe('the status of a shop', () => {
  const workloads = [aWorkload('order'), aWorkload('kafka', { release: 'infra' })];

  it('has every workload with its pods and what runs in them, the stores first', () => {
    const lines = workloadLines({ pods: [order, kafka], workloads }, readTop(top));
    expect(lines.map(({ name, ready, desired }) => [name, ready, desired])).toEqual([
      ['kafka', 1, 1],
      ['order', 1, 1],
    ]);
    expect(lines[1]?.pods).toEqual([
      {
        pod: 'order-7c9f',
        node: 'node-1',
        phase: 'Running',
        restarts: 2,
        containers: [
          { name: 'order', image: 'localhost/souk/order:1', ready: true, restarts: 0, memoryMiB: 90 },
          { name: 'collector', image: 'otel/collector:1', ready: true, restarts: 2, memoryMiB: 12 },
        ],
      },
    ]);
  });

  it('knows no memory without a metrics-server', () => {
    const [line] = workloadLines({ pods: [kafka], workloads: workloads.slice(1) }, undefined);
    expect(line?.pods[0]?.containers[0]?.memoryMiB).toBeNull();
  });

  it('shows the tag of our images, and the name of others', () => {
    expect(tagOf('localhost:5001/souk/order:0.1.0-ab')).toBe('0.1.0-ab');
    expect(tagOf('docker.io/apache/kafka:4.2.0')).toBe('kafka:4.2.0');
  });
});

describe('the logs of', () => {
  const titles = (name?: string) => logSources([order, kafka], name).map(({ pod, container }) => `${pod} ${container}`);

  it('a workload are those of its main container', () => expect(titles('order')).toEqual(['order-7c9f order']));
  it('a container are those of every pod that has one', () =>
    expect(titles('collector')).toEqual(['order-7c9f collector']));
  it('a pod are those of all its containers', () => expect(titles('order-7c9f')).toHaveLength(3));
  it('everything leave sidecars out', () => expect(titles()).toEqual(['order-7c9f order', 'kafka-0 kafka']));
  it('nobody are none', () => expect(titles('nope')).toEqual([]));
});
