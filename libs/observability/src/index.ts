export { createLogger, type Logger, type LoggerOptions } from './logger.js';
export { currentContext, runInContext, type RequestContext } from './request-context.js';
export { childTraceparent, newTraceparent, parseTraceparent, type TraceContext } from './traceparent.js';
