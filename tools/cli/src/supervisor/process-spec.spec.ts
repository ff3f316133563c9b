import { describe, expect, it } from '@jest/globals';
import { sameSpec } from './process-spec.ts';
import type { ProcessSpec } from './process-spec.ts';

const order: ProcessSpec = {
  name: 'order',
  kind: 'service',
  command: 'node',
  args: ['dist/main.js'],
  cwd: '/shop/order',
  env: { HTTP_PORT: '8103' },
  logFile: '/logs/order.log',
  port: 8103,
  probe: { protocol: 'http', port: 9103 },
  stopSignal: 'SIGTERM',
  stopGraceMs: 10_000,
  fingerprint: 'aa',
};

describe('whether a running process may stay', () => {
  it('stays when nothing changed', () => {
    expect(sameSpec(order, { ...order })).toBe(true);
  });

  it('is restarted when its code or its environment changed', () => {
    expect(sameSpec(order, { ...order, fingerprint: 'bb' })).toBe(false);
    expect(sameSpec(order, { ...order, env: { ...order.env, SOUK_VARIANTS: 'naive-relay' } })).toBe(false);
  });

  it('stays when only the class archive of Java appeared meanwhile', () => {
    const dumping = { ...order, args: ['-XX:ArchiveClassesAtExit=a', 'Main'], keepAfterStop: { from: 'a', to: 'b' } };
    expect(sameSpec(dumping, { ...order, args: ['-XX:SharedArchiveFile=b', 'Main'] })).toBe(true);
  });
});
