import { join } from 'node:path';
import { CliError } from '../errors.ts';
import { REPO_ROOT } from '../home.ts';
import { childEnv } from '../infra/java.ts';
import { isExecutable, lookUp } from '../infra/toolchain.ts';
import type { Instance } from '../instance.ts';
import { soukCommand } from '../souk-command.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';

const COLLECTORS = ['otelcol-contrib', 'otelcol'];
/** The collector configuration of the charts: what runs here is what runs beside a pod. */
const CONFIG_FILE = join(REPO_ROOT, 'charts/service/files/collector.yaml');

/** Where services send their spans, as an environment; empty when tracing is off. */
export function exporterEnv({ tracing, ports }: Pick<Instance, 'tracing' | 'ports'>): Record<string, string> {
  if (tracing === 'off') return {};
  const port = tracing === 'collector' ? ports.of.collector : ports.of['trace-store'];
  return { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
}

/** What the trace store needs beyond what every service gets. */
export function traceStoreEnv(instance: Instance): Record<string, string> {
  return { DATA_FILE: join(instance.dataDir, 'traces.sqlite') };
}

/** The collector, where the instance has one. A CliError when no binary is found. */
export function collectorSpecs(instance: Instance): ProcessSpec[] {
  if (instance.tracing !== 'collector') return [];
  const { of } = instance.ports;
  return [
    {
      name: 'collector',
      kind: 'telemetry',
      command: collectorBinary(instance.name),
      args: ['--config', CONFIG_FILE],
      cwd: instance.dir,
      env: childEnv({
        OTLP_LISTEN: `127.0.0.1:${of.collector}`,
        OTLP_GRPC_LISTEN: `127.0.0.1:${of.collectorGrpc}`,
        HEALTH_LISTEN: `127.0.0.1:${of.collectorHealth}`,
        METRICS_HOST: '127.0.0.1',
        METRICS_PORT: String(of.collectorMetrics),
        TRACES_ENDPOINT: `http://127.0.0.1:${of['trace-store']}`,
      }),
      logFile: join(instance.logsDir, 'collector.log'),
      port: of.collector,
      probe: { protocol: 'http', port: of.collectorHealth },
      stopSignal: 'SIGTERM',
      stopGraceMs: 10_000,
      fingerprint: '',
    },
  ];
}

/** The binary that SOUK_OTELCOL names, or the first one on PATH. */
export function collectorBinary(instance: string, env: NodeJS.ProcessEnv = process.env): string {
  const named = env.SOUK_OTELCOL;
  const found = named
    ? isExecutable(named)
      ? named
      : undefined
    : COLLECTORS.map((name) => lookUp(name)).find(Boolean);
  if (found) return found;
  throw new CliError(
    'there is no OpenTelemetry collector to run',
    named ? `SOUK_OTELCOL=${named} is not an executable file` : `neither ${COLLECTORS.join(' nor ')} is on PATH`,
    `install one (https://opentelemetry.io/docs/collector/install) or set SOUK_OTELCOL; without --tracing the trace store takes the spans itself: ${soukCommand(instance, 'up')}`,
  );
}
