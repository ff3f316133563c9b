import type { Logger } from './logger.js';
import { recordSpansWith } from './tracing.js';

/** Spans since the start of the process. */
export interface ExportStats {
  /** Taken by the receiver. */
  readonly exported: number;
  /** Thrown away here, because the receiver is slower than we are. */
  readonly dropped: number;
  /** Not taken by the receiver, or it could not be reached. */
  readonly failed: number;
}

export interface TelemetryOptions {
  readonly serviceName: string;
  readonly serviceVersion?: string;
  /** Base URL of an OTLP/HTTP receiver, e.g. http://127.0.0.1:4318; without it nothing is recorded and the SDK not loaded. */
  readonly endpoint: string | undefined;
  /**
   * How many of the traces that begin in this process are recorded, those of ten quiet seconds at once (0: none; Infinity:
   * every one). A trace that a caller began is recorded if the caller records it.
   */
  readonly tracesPerSecond: number;
  readonly logger: Pick<Logger, 'warn'>;
  /** How long the receiver may take for a batch, repeats included; default 5 000. */
  readonly exportTimeoutMs?: number;
  /** The variant `telemetry-inline`: work waits until the receiver has its span. */
  readonly inline?: boolean;
}

export interface Telemetry {
  stats(): ExportStats;
  /** Sends what is left, for 2 s at most. Call it when no more work is under way. */
  shutdown(): Promise<void>;
}

const off: Telemetry = {
  stats: () => ({ exported: 0, dropped: 0, failed: 0 }),
  shutdown: () => Promise.resolve(),
};

/** Begins to record the spans of this process (docs/adr/0007). Never throws because of the receiver. */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { endpoint } = options;
  if (endpoint === undefined) return off;
  const { otlpSource } = await import('./otlp-source.js');
  const { source, telemetry } = otlpSource({ ...options, endpoint });
  recordSpansWith(source);
  return {
    stats: telemetry.stats,
    shutdown: async () => {
      await telemetry.shutdown();
      recordSpansWith(undefined);
    },
  };
}
