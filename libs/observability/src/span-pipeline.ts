import { BatchSpanProcessor, type ReadableSpan, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace';
import type { ExportStats } from './telemetry.js';

/** What happens to a span that has ended. */
export interface SpanPipeline {
  readonly processor: SpanProcessor;
  readonly stats: () => ExportStats;
  readonly settled?: () => Promise<void>;
}

export interface PipelineOptions {
  readonly exporter: SpanExporter;
  /** Called when spans were lost, with the receiver's error if it is to blame. */
  readonly onLoss: (error?: Error) => void;
  /** Spans that have ended and are not with the receiver yet; one more is dropped. */
  readonly limit?: number;
  /** How long a span may wait for others to be sent with, in ms. */
  readonly delayMs?: number;
}

/** About 1.5 KiB each: what a receiver that hangs can cost. */
const LIMIT = 4_096;
/** The exporter has a limit of its own, below this one. */
const GIVE_UP_MS = 6_000;
/** ExportResultCode.SUCCESS of @opentelemetry/core, which is not ours to import. */
export const TAKEN = 0;

/** Pattern: Sidecar (our side of it). Whoever ends a span goes on at once; spans leave in batches, or are dropped and counted. */
export function batchedPipeline({ exporter, onLoss, limit = LIMIT, delayMs = 1_000 }: PipelineOptions): SpanPipeline {
  const stats = { exported: 0, dropped: 0, failed: 0 };
  let waiting = 0;
  const counting: SpanExporter = {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        waiting -= spans.length;
        if (result.code === TAKEN) stats.exported += spans.length;
        else {
          stats.failed += spans.length;
          onLoss(result.error);
        }
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
  // The SDK drops without counting, so its own limit is never reached: what is under way counts here as well.
  const batches = new BatchSpanProcessor({
    exporter: counting,
    maxQueueSize: limit,
    scheduledDelayMillis: delayMs,
    exportTimeoutMillis: GIVE_UP_MS,
  });
  const onEnd = (span: ReadableSpan): void => {
    if (waiting < limit) {
      waiting += 1;
      batches.onEnd(span);
      return;
    }
    stats.dropped += 1;
    onLoss();
  };
  return {
    stats: () => ({ ...stats }),
    processor: {
      onStart: () => undefined,
      onEnd,
      forceFlush: () => batches.forceFlush(),
      shutdown: () => batches.shutdown(),
    },
  };
}
