import { setTimeout as delay } from 'node:timers/promises';
import { OutboxRelay, type OutboxRelayOptions } from './outbox-relay.js';
import type { ProducerRecord } from './kafka-port.js';

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
    const { pool, producer, batch = 500, pollMs = 10 } = this.#options;
    let last: string | number = 0;
    while (this.#running) {
      const { rows }: { rows: (ProducerRecord & { id: string | number })[] } = await pool.query(
        'select id, topic, key, headers, value from outbox where id > $1 order by id limit $2',
        [last, batch],
      );
      if (rows.length > 0) await producer.send(rows);
      else await delay(pollMs);
      last = rows.at(-1)?.id ?? last;
    }
  }
}
