import { formatTraceparent, newTraceparent, parseTraceparent } from './traceparent.js';

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
  /** As a function where making them is work: it is called only for a span that is recorded. */
  readonly attributes?: Attributes | (() => Attributes);
  /** Of a span that begins a trace: whether that is recorded, where somebody knows; default: the rate of the process decides. */
  readonly sampled?: boolean;
}

/** A piece of work under way. */
export interface SpanHandle {
  /** What is handed on to whoever works as a part of this; valid whether or not spans are recorded. */
  readonly traceparent: string;
  /** False: nothing that is said to it is kept, and no part of it is recorded either. */
  readonly isRecording: boolean;
  setName(name: string): void;
  setAttribute(name: string, value: AttributeValue | undefined): void;
  setAttributes(attributes: Attributes): void;
  addLink(traceparent: string): void;
  /** The work failed, with an error or for a reason in one word; the span still has to be ended. */
  fail(error: unknown): void;
  /** Once. What is said afterwards is lost. */
  end(): void;
}

/** Of a traceparent of version 00. */
const LENGTH = 55;

/** What is handed on while nobody records. Nothing of what is said to it is kept. */
class UnrecordedSpan implements SpanHandle {
  readonly isRecording = false;
  readonly traceparent: string;

  constructor(traceparent: string) {
    this.traceparent = traceparent;
  }

  setName(): void {}
  setAttribute(): void {}
  setAttributes(): void {}
  addLink(): void {}
  fail(): void {}
  end(): void {}
}

/**
 * Who records nothing hands the caller's span on as it came, which the W3C allows; what is no traceparent begins a trace
 * that is not sampled. `known` is what parseTraceparent says of `parent`.
 */
export function unrecordedSpan(parent: string | undefined, known = parseTraceparent(parent)): SpanHandle {
  if (parent === undefined || known === undefined) return new UnrecordedSpan(newTraceparent(false));
  // A later version may have more fields, which have no business in our outboxes.
  return new UnrecordedSpan(parent.length === LENGTH ? parent : formatTraceparent(known));
}
