import { setTimeout as delay } from 'node:timers/promises';
import type { OutboxRelayOptions } from './outbox-relay.js';

const RETRY_MS = 200;

/** What the simple relays have in common: a round after the other, a pause when there was nothing to do, another try after an error. */
export class PollLoop {
  readonly #options: Pick<OutboxRelayOptions, 'logger' | 'pollMs'>;
  #running = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: Pick<OutboxRelayOptions, 'logger' | 'pollMs'>) {
    this.#options = options;
  }

  /** @param round resolves to the number of rows it has published */
  start(round: () => Promise<number>): void {
    this.#running = true;
    this.#loop = this.#run(round);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop;
  }

  async #run(round: () => Promise<number>): Promise<void> {
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
