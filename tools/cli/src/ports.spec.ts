import { describe, expect, it } from '@jest/globals';
import { defaultOffset, portList, portsFor } from './ports.ts';

const numbers = (offset: number) => portList(portsFor(offset)).map((one) => one.port);

describe('ports', () => {
  it('puts the gateway of the default instance on 8080 and its management on 9080', () => {
    const ports = portsFor(defaultOffset('default'));
    expect(ports.of.gateway).toBe(8080);
    expect(ports.management.gateway).toBe(9080);
  });

  it('gives no port twice within an instance', () => {
    expect(new Set(numbers(0)).size).toBe(numbers(0).length);
  });

  it('lets the instance test run beside the default one', () => {
    const shared = numbers(defaultOffset('test')).filter((port) => numbers(0).includes(port));
    expect(shared).toEqual([]);
  });

  it('shifts every port by the offset', () => {
    expect(numbers(6000)).toEqual(numbers(0).map((port) => port + 6000));
  });

  it('refuses an offset that leaves the range of ports', () => {
    expect(() => portsFor(50_000)).toThrow('is not usable');
    expect(() => portsFor(-8000)).toThrow('is not usable');
  });

  it('refuses an offset that puts the gateway on a port that fetch blocks', () => {
    expect(() => portsFor(2000)).toThrow('port 10080 for gateway is not usable');
  });
});
