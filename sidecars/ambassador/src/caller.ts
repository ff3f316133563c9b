import type { Readable } from 'node:stream';
import type { CircuitName, Resilient } from '@souk/resilience';
import type { Headers } from './headers.js';

/** One request of the application, ready to go out, as often as `retries` allows. */
export interface OutboundCall {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: Buffer | undefined;
  /** Further tries that this call may have after the first. */
  readonly retries: number;
  /** Milliseconds until nobody waits any more; undefined when the caller did not say. */
  readonly deadlineMs: number | undefined;
  /** Aborted when the caller hangs up. */
  readonly signal: AbortSignal;
}

export type Outcome =
  'ok' | 'refused' | 'fault' | 'timeout' | 'unreachable' | 'open' | 'saturated' | 'cancelled' | 'error';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer | Readable;
  /** How often the upstream was tried; 0 when it was not. */
  readonly attempts: number;
  readonly circuit: CircuitName;
  readonly outcome: Outcome;
  /** Why, where it is a fault; for the log. */
  readonly reason?: string;
}

/** How calls get to one upstream. */
export interface Caller {
  readonly name: string;
  /** Tries after the first that the configuration allows. */
  readonly maxRetries: number;
  /** Headers that the ambassador adds, in place of whatever the caller sends under their names. */
  readonly injected: Readonly<Record<string, string>>;
  /** Never rejects: what goes wrong is a reply too. */
  call(call: OutboundCall): Promise<Reply>;
  circuit(): CircuitName;
  /** Undefined for a caller without one. */
  readonly policy?: Resilient;
  /** Lets the calls under way end first. */
  close(): Promise<void>;
}
