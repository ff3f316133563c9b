import { describe, expect, it } from '@jest/globals';
import { type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { batchedPipeline } from './span-pipeline.js';

type Done = Parameters<SpanExporter['export']>[1];

const answer = (pending: Done[], result: Parameters<Done>[0]): void =>
  pending.splice(0).forEach((done) => done(result));

describe('the queue of ended spans', () => {
  const build = (limit: number) => {
    const pending: Done[] = [];
    const losses: (Error | undefined)[] = [];
    const exporter = { export: (_: unknown, done: Done) => void pending.push(done), shutdown: async () => undefined };
    const pipeline = batchedPipeline({ exporter, limit, onLoss: (error) => losses.push(error) });
    const tracer = new TracerProvider({ spanProcessors: [pipeline.processor] }).getTracer('test');
    const end = (count: number) => Array.from({ length: count }, () => tracer.startSpan('x').end());
    return { pipeline, pending, losses, end };
  };

  it('SCR-9: is bounded by what the receiver has not taken; the rest is dropped and counted', async () => {
    const { pipeline, pending, losses, end } = build(10);
    end(10);
    const flushed = pipeline.processor.forceFlush();
    end(3);
    expect([pipeline.stats(), losses.length]).toEqual([{ exported: 0, dropped: 3, failed: 0 }, 3]);
    answer(pending, { code: 0 });
    await flushed;
    end(4);
    expect(pipeline.stats()).toEqual({ exported: 10, dropped: 3, failed: 0 });
  });

  it('counts what the receiver refused, and has room again', async () => {
    const { pipeline, pending, losses, end } = build(5);
    end(5);
    const flushed = pipeline.processor.forceFlush();
    const refused = new Error('503');
    answer(pending, { code: 1, error: refused });
    await flushed.catch(() => undefined);
    end(5);
    expect([pipeline.stats(), losses]).toEqual([{ exported: 0, dropped: 0, failed: 5 }, [refused]]);
    answer(pending, { code: 0 });
  });
});
