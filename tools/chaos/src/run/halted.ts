/** What tells this process to stop. */
type Signals = Pick<NodeJS.Process, 'exit'> & { on(signal: NodeJS.Signals, hears: () => void): unknown };

const ENDED_BY_SIGINT = 130;

/**
 * Aborted by Ctrl-C, by a terminal that is closed, and by `souk chaos halt`: whoever runs something undoes it at once. Only a second
 * Ctrl-C leaves at once what is in force, for the next `halt`: all others would have it undone.
 */
export function haltedBySignal(signals: Signals = process): AbortSignal {
  const halted = new AbortController();
  let interrupts = 0;
  const stop = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGINT') interrupts += 1;
    if (interrupts > 1) signals.exit(ENDED_BY_SIGINT);
    if (halted.signal.aborted) return;
    console.error('stopped by hand: everything is undone now');
    halted.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) signals.on(signal, () => stop(signal));
  return halted.signal;
}
