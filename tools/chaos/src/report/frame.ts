import type { Observations, Window } from '../run/observations.ts';
import { windowOf } from '../run/windows.ts';

/** The part of a run that charts show, and where in it the fault was. Milliseconds since the run began. */
export interface Frame extends Window {
  /** What times are counted from: the beginning of the fault, or of the frame where there was none. */
  readonly zero: number;
  readonly before: Window | undefined;
  readonly during: Window | undefined;
  /** While what was changed is put back. */
  readonly healing: Window | undefined;
  readonly after: Window | undefined;
  /** Without visitors: what has piled up is worked off, and all books are compared. */
  readonly check: Window | undefined;
}

/** From the baseline to the last thing that was seen; what an aborted run did not reach is missing. */
export function frameOf({ phases, answers, samples, marks }: Observations): Frame {
  const begin = phases.baseline ?? 0;
  const ends = [answers, samples, marks].map((list) => latest(list.map(({ at }) => at)));
  const seen = Math.max(...Object.values(phases), ...ends);
  // From the check on there is no load, but what has piled up is still worked off; after it everything is put back.
  const end = Math.max(begin + 1_000, phases['clean-up'] ?? seen);
  const some = (window: Window | undefined): Window | undefined =>
    window === undefined || window.to <= window.from ? undefined : window;
  const { hold, heal, quiesce, check } = phases;
  return {
    from: begin,
    to: end,
    zero: hold ?? begin,
    before: some(windowOf({ phases }, 'before', end)),
    during: some(windowOf({ phases }, 'during', end)),
    healing: heal === undefined ? undefined : some({ from: heal, to: quiesce ?? end }),
    after: some(windowOf({ phases }, 'after', end)),
    check: check === undefined ? undefined : some({ from: check, to: end }),
  };
}

function latest(times: readonly number[]): number {
  return times.reduce((last, at) => Math.max(last, at), 0);
}

/** Where in the frame something is, from 0 to 100. */
export function percent({ from, to }: Window, at: number): number {
  const share = ((at - from) / (to - from)) * 100;
  return Math.round(Math.min(100, Math.max(0, share)) * 100) / 100;
}
