import type { Circuit } from './circuit-breaker.js';
import { within } from './within.js';

export interface PingOptions {
  /** Resolves when the other side says that it is well. */
  readonly ask: (signal: AbortSignal) => Promise<unknown>;
  readonly everyMs: number;
  /** Ends the asking for good: a circuit that nobody calls through any more stays open for ever. */
  readonly signal?: AbortSignal;
}

/**
 * Asks while the circuit is open; a good answer after a bad one ends the pause, and trials decide as ever. Who says all along that it is
 * well does not know what is wrong with it: its word would turn growing pauses into a trial at every ask. Nobody is asked about a circuit
 * that is held open: no answer would change that.
 */
export async function pingWhileOpen(
  { ask, everyMs, signal }: PingOptions,
  circuit: Circuit,
  now: () => number,
): Promise<void> {
  let pause: unknown;
  let wasSick = false;
  while (signal?.aborted !== true) {
    const { circuit: is, forced, lastChange } = circuit.state(now());
    if (is !== 'open' || forced === 'open') return;
    if (lastChange !== pause) wasSick = false;
    pause = lastChange;
    const isWell = await within(everyMs, signal, ask).then(
      () => true,
      () => false,
    );
    if (!isWell) wasSick = true;
    else if (wasSick && circuit.state(now()).lastChange === pause) circuit.recovered(now());
    await new Promise<void>((resolve) => void setTimeout(resolve, everyMs).unref());
  }
}
