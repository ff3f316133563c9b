import { randomFillSync } from 'node:crypto';

export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

const FORMAT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);

/** Reads a W3C `traceparent`; undefined for anything the specification tells us to ignore. */
export function parseTraceparent(value: string | undefined): TraceContext | undefined {
  const [, version, traceId, spanId, flags, rest] = (value && FORMAT.exec(value)) || [];
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** Begins a trace. `sampled` says that its spans are recorded. */
export function newTraceparent(sampled = true): string {
  const ids = randomHex();
  return formatTraceparent({ traceId: ids.slice(0, 32), spanId: ids.slice(32), sampled });
}

/** The trace id of a traceparent that is known to be one. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

const BYTES = 16 + 8;
/** Filled at once: a call for 24 bytes costs more than the bytes, and every request from outside wants some. */
const pool = Buffer.alloc(340 * BYTES);
let used = pool.length;

function randomHex(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += BYTES;
  return pool.toString('hex', used - BYTES, used);
}
