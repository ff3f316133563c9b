import { describe, expect, it } from '@jest/globals';
import type { Instance } from '../../../cli/src/instance.ts';
import { portsFor } from '../../../cli/src/ports.ts';
import type { ProcessSpec } from '../../../cli/src/supervisor/process-spec.ts';
import { specOfReplica } from './replica.ts';

const instance: Instance = {
  name: 'toy',
  home: '/h',
  dir: '/h/toy',
  dataDir: '/h/toy/data',
  logsDir: '/h/toy/logs',
  secretsDir: '/h/toy/secrets',
  ports: portsFor(0),
  tracing: 'off',
};
const spec: ProcessSpec = {
  name: 'order',
  kind: 'service',
  command: 'node',
  args: ['dist/main.js'],
  cwd: '/order',
  env: { HTTP_PORT: '8103', MANAGEMENT_PORT: '9103', SOUK_VARIANTS: 'one-pool' },
  logFile: '/h/toy/logs/order.log',
  port: 8_103,
  probe: { protocol: 'http', port: 9_103 },
  stopSignal: 'SIGTERM',
  stopGraceMs: 1_000,
  fingerprint: '',
};

describe('a second process of a service', () => {
  it('is as the first one, on ports of its own', () => {
    const second = specOfReplica(instance, spec, 400);
    expect(second).toEqual({
      ...spec,
      name: 'order-2',
      port: 8_503,
      probe: { protocol: 'http', port: 9_503 },
      env: { HTTP_PORT: '8503', MANAGEMENT_PORT: '9503', SOUK_VARIANTS: 'one-pool' },
    });
  });

  it('has no port of another process', () => {
    const { of, management } = instance.ports;
    const taken = new Set([...Object.values(of), ...Object.values(management)]);
    for (const offset of [400, 410, 420, 430, 440, 450])
      for (const [name, port] of Object.entries(management)) {
        const first = { ...spec, name, port: of[name as keyof typeof management] };
        const second = specOfReplica(instance, first, offset);
        expect([port, taken.has(second.port), taken.has(second.probe.port)]).toEqual([port, false, false]);
      }
  });

  it('is not made of a server that there is one of', () => {
    expect(() => specOfReplica(instance, { ...spec, name: 'kafka' }, 400)).toThrow('there is only one kafka');
  });
});
