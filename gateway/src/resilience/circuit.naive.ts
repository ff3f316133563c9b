import { CodedError } from '@souk/http';
import type { Circuit, CircuitState, Fault } from '@souk/resilience';

/** Variant `breaker-off`: every call goes out, whatever came of those before it. */
export class NoCircuit implements Circuit {
  #lastError: CircuitState['lastError'];

  refuses(): boolean {
    return false;
  }

  admit(): number {
    return 0;
  }

  mayRepeat(): boolean {
    return true;
  }

  record(now: number, _permit: number, fault?: Fault, error?: unknown): void {
    if (fault !== undefined) this.#lastError = { error, at: now };
  }

  release(): void {}
  force(): never {
    throw new CodedError('conflict', 'breaker-off', 'There is no breaker to hold: the variant breaker-off is on.');
  }

  reset(): never {
    return this.force();
  }

  recovered(): void {}

  state(): CircuitState {
    return {
      circuit: 'closed',
      forced: undefined,
      openUntil: undefined,
      lastError: this.#lastError,
      lastChange: undefined,
      window: { calls: 0, failures: 0 },
    };
  }
}
