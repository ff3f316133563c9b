import type { Circuit } from './circuit-breaker.js';
import { within } from './within.js';

export interface PingOptions {
  /** Resolves when the other side says that it is well. */
  readonly ask: (signal: AbortSignal) => Promise<unknown>;
  readonly everyMs: number;
}

/** Asks while the circuit is open; a good answer ends the pause, and trials decide as ever. */
export async function pingWhileOpen({ ask, everyMs }: PingOptions, circuit: Circuit, now: () => number): Promise<void> {
  for (;;) {
    await new Promise<void>((resolve) => void setTimeout(resolve, everyMs).unref());
    if (circuit.state(now()).circuit !== 'open') return;
    const isWell = await within(everyMs, undefined, ask).then(
      () => true,
      () => false,
    );
    if (isWell) circuit.recovered(now());
  }
}
