import { currentContext, type RequestContext, runInContext } from './request-context.js';
import { type SpanHandle, type SpanOptions, unrecordedSpan } from './span.js';
import { traceIdOf } from './traceparent.js';

/** What records spans. There is one a process, because a trace crosses every part of it. */
export interface SpanSource {
  start(name: string, parent: string | undefined, options: SpanOptions): SpanHandle;
  /** Resolves when what has ended is out of the house; only a source that makes the work wait for it has this. */
  settled?(): Promise<void>;
}

const unrecorded: SpanSource = { start: (_name, parent) => unrecordedSpan(parent) };
let source = unrecorded;

/** Undefined: nobody records (any more). */
export function recordSpansWith(next: SpanSource | undefined): void {
  source = next ?? unrecorded;
}

/** For a span that ends elsewhere than where it starts; otherwise withSpan. */
export function startSpan(name: string, options: SpanOptions = {}): SpanHandle {
  if (options.parent !== undefined) return source.start(name, options.parent, options);
  const around = currentContext();
  // Where the whole is not recorded no part is, and a handle that keeps nothing serves them all.
  if (around?.span?.isRecording === false) return around.span;
  return source.start(name, around?.traceparent, options);
}

/** The innermost span around the caller, if there is one. */
export function currentSpan(): SpanHandle | undefined {
  return currentContext()?.span;
}

/** The context of work that is a part of `span`: its trace, and everything else as in the current context. */
export function contextOf(span: SpanHandle, correlationId?: string): RequestContext {
  const current = currentContext();
  const { traceparent } = span;
  const traceId = traceIdOf(traceparent);
  return { ...current, traceparent, traceId, span, correlationId: correlationId ?? current?.correlationId ?? traceId };
}

export interface WithSpanOptions extends SpanOptions {
  /** Default: that of the current context, else the trace id. */
  readonly correlationId?: string | undefined;
}

/** Runs `fn` as a span: what it calls belongs to it, and an error that it throws marks the span and goes on. */
export async function withSpan<T>(
  name: string,
  options: WithSpanOptions,
  fn: (span: SpanHandle) => Promise<T> | T,
): Promise<T> {
  const span = startSpan(name, options);
  if (!span.isRecording) return inContextOf(span, options.correlationId, () => fn(span));
  try {
    return await runInContext(contextOf(span, options.correlationId), () => fn(span));
  } catch (error) {
    span.fail(error);
    throw error;
  } finally {
    span.end();
    if (source.settled) await source.settled();
  }
}

/** Unrecorded work has nothing to add to an unrecorded whole, so it stays in the context where it is. */
function inContextOf<T>(span: SpanHandle, correlationId: string | undefined, work: () => T): T {
  const isThere = span === currentSpan() && correlationId === undefined;
  return isThere ? work() : runInContext(contextOf(span, correlationId), work);
}
