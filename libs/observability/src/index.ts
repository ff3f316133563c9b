export { exitOnUnhandled } from './exit-on-unhandled.js';
export { createLogger, type Logger, type LoggerOptions, setLogLevel } from './logger.js';
export { Metrics } from './metrics.js';
export { processMetrics } from './process-metrics.js';
export { correlationIdOf, currentContext, runInContext, type RequestContext } from './request-context.js';
export type { Attributes, AttributeValue, SpanHandle, SpanKind, SpanOptions } from './span.js';
export { type ExportStats, startTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.js';
export { newTraceparent, parseTraceparent, type TraceContext } from './traceparent.js';
export { contextOf, currentSpan, startSpan, withSpan, type WithSpanOptions } from './tracing.js';
