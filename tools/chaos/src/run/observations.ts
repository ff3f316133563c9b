/** What visitors do; the classes that figures and reports tell apart. */
export type Visit = 'browse' | 'page' | 'cart' | 'order' | 'cancel' | 'return' | 'read';

/** One request of the load and what came of it. Times in milliseconds since the run began. */
export interface Answer {
  readonly at: number;
  readonly tookMs: number;
  readonly visit: Visit;
  /** 0: no answer at all. */
  readonly status: number;
  /** Of a problem. */
  readonly code?: string;
  /** Parts that a page left out. */
  readonly missing?: readonly string[];
}

/** An order by its own events. Without `confirmedAt` and `closedAt` nothing has come of it yet. */
export interface SeenOrder {
  readonly placedAt: number;
  readonly confirmedAt?: number;
  /** When it ended otherwise: rejected, or cancelled before it was confirmed. */
  readonly closedAt?: number;
  /** It was refused after it had been accepted. */
  readonly isRejected?: true;
}

/** Gauges and counters once a second: `outbox.order`, `lag.inventory`, `breaker.gateway.catalog`, `link.gateway->catalog.requests` … */
export interface Sample {
  readonly at: number;
  readonly series: Readonly<Record<string, number>>;
}

/** Something that happened, for the lines of the live view and of the report. */
export interface Mark {
  readonly at: number;
  readonly what: 'phase' | 'fault' | 'undone' | 'process' | 'note';
  readonly text: string;
}

export type PhaseName = 'prepare' | 'baseline' | 'hold' | 'heal' | 'quiesce' | 'check' | 'clean-up';

/** Everything seen in a run, from which each figure, the verdict and the report are made, now or later. */
export interface Observations {
  readonly answers: readonly Answer[];
  readonly samples: readonly Sample[];
  readonly marks: readonly Mark[];
  /** Begin of each phase that was reached. */
  readonly phases: Readonly<Partial<Record<PhaseName, number>>>;
  /** Every order that was accepted. */
  readonly orders: readonly SeenOrder[];
}

/** A part of a run: [from, to) in milliseconds since it began. */
export interface Window {
  readonly from: number;
  readonly to: number;
}
