import type { CircuitName } from './circuit-breaker.js';
import type { Outcome, ResilientState } from './figures.js';
import type { Resilient } from './resilient.js';

/** A policy for people and for JSON. Times are ISO 8601. */
export interface PolicyView {
  readonly name: string;
  readonly circuit: CircuitName;
  readonly forced: 'open' | 'closed' | null;
  /** Milliseconds until the next trial; null unless it is open by itself. */
  readonly openForMs: number | null;
  readonly lastError: { readonly message: string; readonly at: string } | null;
  readonly lastChange: {
    readonly from: CircuitName;
    readonly to: CircuitName;
    readonly reason: string;
    readonly at: string;
  } | null;
  readonly window: { readonly calls: number; readonly failures: number };
  readonly counts: Readonly<Record<'calls' | 'tries' | 'retries' | Outcome, number>>;
  /** `places` null without an end. */
  readonly bulkhead: { readonly inUse: number; readonly queued: number; readonly places: number | null } | null;
}

/** The present moment in the time of the policy and in that of the calendar, both in milliseconds. */
export interface Clocks {
  readonly monotonic: number;
  readonly calendar: number;
}

const present = (): Clocks => ({ monotonic: performance.now(), calendar: Date.now() });

export function viewOf(state: ResilientState, now: Clocks = present()): PolicyView {
  const { name, circuit, breaker, bulkhead, calls, tries, retries, outcomes } = state;
  const { lastError, lastChange, openUntil, forced = null, window = { calls: 0, failures: 0 } } = breaker ?? {};
  const timeOf = (at: number): string => new Date(now.calendar - (now.monotonic - at)).toISOString();
  return {
    name,
    circuit,
    forced,
    openForMs: openUntil === undefined ? null : Math.max(0, Math.ceil(openUntil - now.monotonic)),
    lastError: lastError === undefined ? null : { message: messageOf(lastError.error), at: timeOf(lastError.at) },
    lastChange:
      lastChange === undefined
        ? null
        : { from: lastChange.from, to: lastChange.to, reason: lastChange.reason, at: timeOf(lastChange.at) },
    window,
    counts: { calls, tries, retries, ...outcomes },
    bulkhead: bulkhead === undefined ? null : { ...bulkhead, places: finite(bulkhead.places) },
  };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** With what was behind it: that a service cannot be reached is known already. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return error === undefined ? 'an answer that said so' : String(error);
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return cause === '' ? error.message : `${error.message} (${cause})`;
}

/** `action`: force-open, force-closed or reset. False where there is no breaker, or no such action. */
export function actOn({ circuit }: Pick<Resilient, 'circuit'>, action: string): boolean {
  if (circuit === undefined) return false;
  if (action === 'force-open') circuit.force('open');
  else if (action === 'force-closed') circuit.force('closed');
  else if (action === 'reset') circuit.reset();
  else return false;
  return true;
}
