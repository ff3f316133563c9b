import { setTimeout as delay } from 'node:timers/promises';
import { OutboxRelay, type OutboxRelayOptions } from './outbox-relay.js';
import type { ProducerRecord } from '@souk/kafka';

const RETRY_MS = 200;

/**
 * The variant `relay-cursor`: remembers the last id it published and reads on from there, as many published recipes do.
 * Ids are drawn before their transactions commit, so a row that commits after a higher id was read is never seen: under
 * concurrent writers this relay loses messages. It exists to show that, and keeps its rows because nothing tells it which
 * ones are done.
 */
export class CursorOutboxRelay extends OutboxRelay {
  readonly #options: OutboxRelayOptions;
  #running = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: OutboxRelayOptions) {
    super();
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#running = true;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop;
  }

  wake(): void {
    // It polls.
  }

  async #run(): Promise<void> {
    let last: string | number = 0;
    while (this.#running) {
      try {
        last = await this.#round(last);
      } catch (error) {
        this.#options.logger.warn({ err: error }, 'outbox relay failed, starting over');
        await delay(RETRY_MS);
      }
    }
  }

  async #round(last: string | number): Promise<string | number> {
    const { pool, producer, batch = 500, pollMs = 10 } = this.#options;
    const { rows } = await pool.query<ProducerRecord & { id: string | number }>(
      'select id, topic, key, headers, value from outbox where id > $1 order by id limit $2',
      [last, batch],
    );
    if (rows.length > 0) await producer.send(rows);
    else await delay(pollMs);
    return rows.at(-1)?.id ?? last;
  }
}
