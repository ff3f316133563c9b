import { type PipelineOptions, type SpanPipeline, TAKEN } from './span-pipeline.js';

/**
 * The variant `telemetry-inline`: each span is sent by itself when it ends, and the work that it describes goes on when the
 * receiver has it. A receiver that is slow makes the shop slow; one that hangs makes it hang. It exists to show that.
 */
export function inlinePipeline({ exporter, onLoss }: PipelineOptions): SpanPipeline {
  const stats = { exported: 0, dropped: 0, failed: 0 };
  const underWay = new Set<Promise<void>>();
  return {
    stats: () => ({ ...stats }),
    settled: async () => void (await Promise.all(underWay)),
    processor: {
      onStart: () => undefined,
      onEnd: (span) => {
        const sent = new Promise<void>((resolve) =>
          exporter.export([span], ({ code, error }) => {
            if (code === TAKEN) stats.exported += 1;
            else {
              stats.failed += 1;
              onLoss(error);
            }
            underWay.delete(sent);
            resolve();
          }),
        );
        underWay.add(sent);
      },
      forceFlush: async () => void (await Promise.all(underWay)),
      shutdown: async () => void (await Promise.all(underWay)),
    },
  };
}
