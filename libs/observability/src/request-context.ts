import { AsyncLocalStorage } from 'node:async_hooks';

/** What travels with a request or a message through every await of its handling. */
export interface RequestContext {
  traceparent: string;
  traceId: string;
  correlationId: string;
  principal?: { sub: string; roles: string[] };
  /** Epoch milliseconds after which nobody waits for the answer any more. */
  deadline?: number;
}

const storage = new AsyncLocalStorage<RequestContext>();

export function runInContext<T>(context: RequestContext, fn: () => T): T {
  return storage.run(context, fn);
}

export function currentContext(): RequestContext | undefined {
  return storage.getStore();
}
