import { setTimeout as delay } from 'node:timers/promises';
import { OutboxRelay, type OutboxRelayOptions } from './outbox-relay.js';

const RETRY_MS = 200;

/** One look at the outbox; resolves to the number of rows it has published. */
export type Round = () => Promise<number>;

/** The simple relays: a round after the other in each of its loops, a pause when there was nothing to do, another try after an error. */
export class PollingRelay extends OutboxRelay {
  readonly #options: Pick<OutboxRelayOptions, 'logger' | 'pollMs'>;
  readonly #rounds: readonly Round[];
  #running = false;
  #loops: Promise<unknown> = Promise.resolve();

  /** @param rounds one for each loop that runs beside the others */
  constructor(options: Pick<OutboxRelayOptions, 'logger' | 'pollMs'>, rounds: readonly Round[]) {
    super();
    this.#options = options;
    this.#rounds = rounds;
  }

  async start(): Promise<void> {
    this.#running = true;
    this.#loops = Promise.all(this.#rounds.map((round) => this.#loop(round)));
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#loops;
  }

  wake(): void {
    // It polls.
  }

  async #loop(round: Round): Promise<void> {
    while (this.#running) {
      try {
        if ((await round()) === 0) await delay(this.#options.pollMs ?? 10);
      } catch (error) {
        this.#options.logger.warn({ err: error }, 'outbox relay failed, starting over');
        await delay(RETRY_MS);
      }
    }
  }
}
