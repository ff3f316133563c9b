/** Everything of the OpenTelemetry SDK that we use is behind this file, which is loaded only when there is a receiver. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions as SdkOptions,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { runInContext } from './request-context.js';
import { type Attributes, type AttributeValue, type SpanHandle, type SpanOptions, unrecordedSpan } from './span.js';
import { batchedPipeline } from './span-pipeline.js';
import { inlinePipeline } from './span-pipeline.naive.js';
import type { Telemetry, TelemetryOptions } from './telemetry.js';
import { TokenBucket } from './token-bucket.js';
import { formatTraceparent, parseTraceparent, type TraceContext } from './traceparent.js';
import type { SpanSource } from './tracing.js';

const FLUSH_MS = 2_000;
const WARN_EVERY_MS = 60_000;
const BURST_SECONDS = 10;

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/** Spans by the SDK, of sampled traces alone (who begins one asks `tracesPerSecond`), sent as OTLP/HTTP JSON to `<endpoint>/v1/traces`. */
export function otlpSource(options: TelemetryOptions & { endpoint: string }): {
  source: SpanSource;
  telemetry: Telemetry;
} {
  const { serviceName, serviceVersion, endpoint, logger, inline = false, exportTimeoutMs = 5_000 } = options;
  const rate = { perSecond: options.tracesPerSecond, burst: burstOf(options.tracesPerSecond) };
  const url = `${endpoint.replace(/\/$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: exportTimeoutMs });
  const onLoss = oncePerMinute((error?: Error) => {
    const fields = { err: error, url, ...pipeline.stats() };
    // On behalf of nobody: it is chance in whose request this is noticed.
    runInContext(undefined, () => logger.warn(fields, 'spans are lost: the receiver is away or too slow'));
  });
  const pipeline = (inline ? inlinePipeline : batchedPipeline)({ exporter, onLoss });
  const provider = new TracerProvider({
    spanProcessors: [pipeline.processor],
    resource: resourceFromAttributes({
      'service.name': serviceName,
      ...(serviceVersion !== undefined && { 'service.version': serviceVersion }),
      'service.instance.id': randomUUID(),
    }),
  });
  const tracer = provider.getTracer('@souk/observability');
  const begun = new TokenBucket(rate, performance.now());
  const source: SpanSource = {
    start: (name, parent, options) => {
      const known = parseTraceparent(parent);
      const sampled = known?.sampled ?? options.sampled ?? begun.take(performance.now());
      if (!sampled) return unrecordedSpan(parent, known);
      return handleOf(tracer.startSpan(name, toSdk(options), contextWith(known)));
    },
    ...(pipeline.settled && { settled: pipeline.settled }),
  };
  const shutdown = async (): Promise<void> => {
    await Promise.race([provider.shutdown().catch(() => undefined), delay(FLUSH_MS, undefined, { ref: false })]);
  };
  return { source, telemetry: { stats: pipeline.stats, shutdown } };
}

/** So that a quiet shop records what a person does even when a page makes a dozen requests; a fraction of a trace is none. */
const burstOf = (perSecond: number): number => (perSecond === 0 ? 0 : Math.max(1, BURST_SECONDS * perSecond));

function toSdk({ kind = 'internal', links = [], attributes = {} }: SpanOptions): SdkOptions {
  const said = typeof attributes === 'function' ? attributes() : attributes;
  return { kind: KINDS[kind], attributes: defined(said), links: links.flatMap(linkTo) };
}

function contextWith(parent: TraceContext | undefined): Context {
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, toSpanContext(parent));
}

const toSpanContext = ({ traceId, spanId, sampled }: TraceContext) => ({
  traceId,
  spanId,
  traceFlags: sampled ? 1 : 0,
  isRemote: true,
});

/** A link to what nobody records would lead nowhere. */
function linkTo(traceparent: string): Link[] {
  const known = parseTraceparent(traceparent);
  return known?.sampled ? [{ context: toSpanContext(known) }] : [];
}

type SdkAttributes = Record<string, string | number | boolean | string[]>;

/** A loop, because it runs for every span: the SDK would send an attribute without a value. */
function defined(attributes: Attributes): SdkAttributes {
  const result: SdkAttributes = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) result[name] = Array.isArray(value) ? [...value] : (value as string | number | boolean);
  }
  return result;
}

function handleOf(span: Span): SpanHandle {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const setAttributes = (attributes: Attributes): void => void span.setAttributes(defined(attributes));
  return {
    traceparent: formatTraceparent({ traceId, spanId, sampled: (traceFlags & 1) === 1 }),
    isRecording: span.isRecording(),
    setName: (name) => void span.updateName(name),
    setAttribute: (name: string, value: AttributeValue | undefined) => setAttributes({ [name]: value }),
    setAttributes,
    addLink: (traceparent) => void span.addLinks(linkTo(traceparent)),
    fail: (error) => {
      const { type, message } = failureOf(error);
      span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR, ...(message && { message }) });
    },
    end: () => span.end(),
  };
}

/** `error.type` shall have few values: a code where there is one, never the message. */
function failureOf(error: unknown): { type: string; message?: string } {
  if (!(error instanceof Error)) return { type: String(error) };
  const type = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return { type, message: error.message };
}

function oncePerMinute<A extends unknown[]>(say: (...args: A) => void): (...args: A) => void {
  let saidAt = -Infinity;
  return (...args) => {
    if (performance.now() - saidAt < WARN_EVERY_MS) return;
    saidAt = performance.now();
    say(...args);
  };
}
