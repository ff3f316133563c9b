import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { SpanHandle } from './span.js';

/** What travels with a request or a message through every await of its handling. */
export interface RequestContext {
  traceparent: string;
  traceId: string;
  correlationId: string;
  /** The span that `traceparent` names, where it is one of this process. */
  span?: SpanHandle;
  principal?: { sub: string; roles: string[] };
  /** Epoch milliseconds after which nobody waits for the answer any more. */
  deadline?: number;
}

const storage = new AsyncLocalStorage<RequestContext | undefined>();

/** Undefined: work that belongs to no request or message, wherever it was started. */
export function runInContext<T>(context: RequestContext | undefined, fn: () => T): T {
  return storage.run(context, fn);
}

export function currentContext(): RequestContext | undefined {
  return storage.getStore();
}

/** The caller's own, if it can stand in a log; else a new one. */
export function correlationIdOf(given: string | undefined): string {
  return given !== undefined && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID();
}
