import { childTraceparent } from './traceparent.js';

export type AttributeValue = string | number | boolean | readonly string[];
/** An attribute that is undefined is left out. */
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>;
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export interface SpanOptions {
  /** Default `internal`. */
  readonly kind?: SpanKind;
  /** W3C traceparent; default: the span of the current context. Without any the span begins a trace. */
  readonly parent?: string | undefined;
  /** Traceparents of spans that belong to it without being its parent. */
  readonly links?: readonly string[];
  readonly attributes?: Attributes;
}

/** A piece of work under way. */
export interface SpanHandle {
  /** What is handed on to whoever works as a part of this; valid whether or not spans are recorded. */
  readonly traceparent: string;
  setName(name: string): void;
  setAttribute(name: string, value: AttributeValue | undefined): void;
  setAttributes(attributes: Attributes): void;
  addLink(traceparent: string): void;
  /** The work failed, with an error or for a reason in one word; the span still has to be ended. */
  fail(error: unknown): void;
  /** Once. What is said afterwards is lost. */
  end(): void;
}

const nothing = (): void => undefined;

/** While nobody records: the trace is handed on, nothing else happens. */
export function unrecordedSpan(parent: string | undefined): SpanHandle {
  return {
    traceparent: childTraceparent(parent),
    setName: nothing,
    setAttribute: nothing,
    setAttributes: nothing,
    addLink: nothing,
    fail: nothing,
    end: nothing,
  };
}
