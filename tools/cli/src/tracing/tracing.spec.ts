import { describe, expect, it } from '@jest/globals';
import { portsFor } from '../ports.ts';
import { describeTracing, isTracingMode, tracingMode } from './mode.ts';
import { collectorBinary, collectorSpecs, exporterEnv } from './processes.ts';
import type { TracingMode } from './mode.ts';

const instance = (tracing: TracingMode) => ({ ...folders, name: 'blue', ports: portsFor(6000), tracing });
const folders = {
  home: '/souk',
  dir: '/souk/blue',
  dataDir: '/souk/blue/data',
  logsDir: '/souk/blue/logs',
  secretsDir: '/souk/blue/secrets',
};

describe('the tracing mode', () => {
  it.each([
    [undefined, 'on'],
    [true, 'collector'],
    [false, 'off'],
  ] as const)('of --tracing %s is %s', (option, mode) => expect(tracingMode(option)).toBe(mode));

  it('is one of three', () => {
    expect(['on', 'off', 'collector', 'maybe', true, undefined].map(isTracingMode)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('is told to people', () => {
    expect(describeTracing(instance('on'))).toBe('tracing is on: ./souk trace --last --instance blue');
    expect(describeTracing(instance('collector'))).toContain('on through a collector');
    expect(describeTracing(instance('off'))).toBe(
      'tracing is off (--no-tracing); ./souk up --instance blue turns it on',
    );
  });
});

describe('where services send their spans', () => {
  it.each([
    ['on', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:14130' }],
    ['collector', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:25318' }],
    ['off', {}],
  ] as const)('with tracing %s', (mode, env) => expect(exporterEnv(instance(mode))).toEqual(env));
});

describe('the collector', () => {
  it('is a process only where it is asked for', () => {
    expect([collectorSpecs(instance('on')), collectorSpecs(instance('off'))]).toEqual([[], []]);
  });

  it('may be any executable that SOUK_OTELCOL names', () => {
    expect(collectorBinary('blue', { SOUK_OTELCOL: process.execPath })).toBe(process.execPath);
  });

  it('is missed with a way out', () => {
    expect(() => collectorBinary('blue', { SOUK_OTELCOL: '/nowhere/otelcol' })).toThrow(
      expect.objectContaining({
        message: 'there is no OpenTelemetry collector to run',
        why: 'SOUK_OTELCOL=/nowhere/otelcol is not an executable file',
        fix: expect.stringContaining('./souk up --instance blue'),
      }),
    );
  });
});
