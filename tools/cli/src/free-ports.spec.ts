import { describe, expect, it } from '@jest/globals';
import { ownerOf } from './free-ports.ts';
import { managementPortOf, portList, portsFor } from './ports.ts';
import { leftOver, shopNames } from './shop-processes.ts';

describe('the owner of a port', () => {
  it('is the process behind it', () => {
    expect(
      ['order', 'order (management)', 'kafkaController', 'trace-store (management)', 'collectorHealth'].map(ownerOf),
    ).toEqual(['order', 'order', 'kafka', 'trace-store', 'collector']);
  });

  it('is a process that exists, for every port of the table', () => {
    const owners = new Set(portList(portsFor(0)).map(({ name }) => ownerOf(name)));
    const processes = [
      ...shopNames({ tracing: 'collector', aggregation: true, gatekeeper: true }),
      'kafka',
      'postgres',
      'mongo',
      'valkey',
    ];
    expect([...owners].sort()).toEqual(processes.sort());
  });
});

describe('the processes of an instance', () => {
  it('have a trace store and a collector only where they are asked for', () => {
    const extra = (tracing: 'on' | 'off' | 'collector') =>
      shopNames({ tracing }).filter((name) => ['trace-store', 'collector'].includes(name));
    expect([extra('on'), extra('off'), extra('collector')]).toEqual([
      ['trace-store'],
      [],
      ['trace-store', 'collector'],
    ]);
    expect(leftOver({ tracing: 'on', aggregation: true, gatekeeper: true })).toEqual(['collector']);
    expect(leftOver({ tracing: 'off' })).toEqual(['trace-store', 'collector', 'aggregation', 'gatekeeper']);
  });

  it('AGG-10 have a process for pages and batches only where it is asked for', () => {
    const without = shopNames({ tracing: 'on' });
    expect(without).not.toContain('aggregation');
    expect(shopNames({ tracing: 'on', aggregation: true }).filter((name) => !without.includes(name))).toEqual([
      'aggregation',
    ]);
  });

  it('have a management port where they are ours', () => {
    const ports = portsFor(0);
    expect(['trace-store', 'ambassador', 'collector', 'kafka'].map((name) => managementPortOf(ports, name))).toEqual([
      9130,
      9120,
      null,
      null,
    ]);
  });
});
