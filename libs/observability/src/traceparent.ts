import { randomBytes } from 'node:crypto';

export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

const FORMAT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Reads a W3C `traceparent`; undefined for anything the specification tells us to ignore. */
export function parseTraceparent(value: string | undefined): TraceContext | undefined {
  const [, version, traceId, spanId, flags, rest] = FORMAT.exec(value ?? '') ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${spanId()}-01`;
}

/** The same trace with a new span; an unusable parent starts a new trace. */
export function childTraceparent(parent: string | undefined): string {
  const trace = parseTraceparent(parent);
  return trace === undefined ? newTraceparent() : `00-${trace.traceId}-${spanId()}-${trace.sampled ? '01' : '00'}`;
}

const spanId = (): string => randomBytes(8).toString('hex');
