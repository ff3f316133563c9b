import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@souk/observability';
import type { ExpireReservations } from '../use-cases/expire-reservations.js';

const FORGET_EVERY = 60;

export interface SweeperOptions {
  readonly expireReservations: Pick<ExpireReservations, 'execute'>;
  /** Forgets what can never be asked for again; called once in sixty sweeps. */
  readonly forget: () => Promise<unknown>;
  readonly logger: Pick<Logger, 'warn'>;
  /** Pause between two sweeps in ms; a reservation outlives its expiry by about this much. */
  readonly everyMs?: number;
}

/** Sweeps overdue reservations for as long as the service runs. Any number of replicas may do so; one at a time works. */
export class ReservationSweeper {
  readonly #options: Required<SweeperOptions>;
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(options: SweeperOptions) {
    this.#options = { everyMs: 1_000, ...options };
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Finishes the batch under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (let round = 0; !signal.aborted; round++) {
      await this.#sweep(round % FORGET_EVERY === 0);
      await sleep(this.#options.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #sweep(forgetToo: boolean): Promise<void> {
    try {
      while (!this.#stop.signal.aborted && (await this.#options.expireReservations.execute())) continue;
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'sweeping overdue reservations failed, next try in a moment');
    }
    if (!forgetToo) return;
    await this.#options
      .forget()
      .catch((error: unknown) =>
        this.#options.logger.warn({ err: error }, 'what is past its time could not be forgotten'),
      );
  }
}
