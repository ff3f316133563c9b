import { setTimeout as sleep } from 'node:timers/promises';
import type { PaymentKnobs } from '@souk/contracts';
import { PaymentError } from '../domain/payment.errors.js';

/** How the provider misbehaves: slow, declining, failing. An error comes half the time before the effect, half the time after it. */
export class OutsideWorld {
  #knobs: PaymentKnobs;
  readonly #random: () => number;

  /** `random` gives 0 ≤ x < 1. */
  constructor(knobs: PaymentKnobs, random: () => number) {
    this.#knobs = knobs;
    this.#random = random;
  }

  get knobs(): PaymentKnobs {
    return this.#knobs;
  }

  turn(knobs: PaymentKnobs): PaymentKnobs {
    this.#knobs = knobs;
    return knobs;
  }

  get declinePercent(): number {
    return this.#knobs.declinePercent;
  }

  /** A number in [0, 100). */
  dice(): number {
    return this.#random() * 100;
  }

  /** Runs a call; `call` awaits `before` when it is ready to be slow. */
  async around<T>(call: (before: () => Promise<void>) => Promise<T>): Promise<T> {
    const { latencyMs, errorPercent } = this.#knobs;
    const fails = this.dice() < errorPercent;
    const isLost = fails && this.dice() < 50;
    const result = await call(async () => {
      if (latencyMs > 0) await sleep(latencyMs);
      if (fails && !isLost) throw unavailable();
    });
    // The money has moved and nobody is told: what an idempotency key is for.
    if (isLost) throw unavailable();
    return result;
  }
}

const unavailable = (): PaymentError =>
  new PaymentError('unavailable', 'payment-unavailable', 'The payment provider has a fault (a knob of the simulator).');
