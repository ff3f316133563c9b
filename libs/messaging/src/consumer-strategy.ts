import { Catch, type ExceptionFilter } from '@nestjs/common';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom, type Observable, throwError } from 'rxjs';
import { ConsumerHost, type ConsumerHostOptions, type TopicHandler } from './consumer-host.js';
import type { DeadLetters } from './dead-letters.js';
import type { MessageSchemas } from '@souk/outbox';
import { Freshness, type ViewLag } from './freshness.js';
import { PgDeadLetters } from './pg-dead-letters.js';
import type { KafkaConsumer, KafkaDriver } from '@souk/kafka';

/** DI token of a service's Kafka transport. */
export abstract class ConsumerStrategy extends Server implements CustomTransportStrategy {
  /** Whether the consumer is a member of its group and fetches. */
  abstract isLive(): boolean;
  /** How far behind it is, of the partitions that this process reads. */
  abstract lag(): ViewLag;
  /** Deliveries dropped so far because their effect was there. */
  abstract readonly duplicates: number;
  /** What it gave up. */
  abstract readonly deadLetters: DeadLetters;
}

export interface PgConsumerOptions extends Omit<ConsumerHostOptions, 'handlers'> {
  readonly driver: KafkaDriver;
  readonly topics: readonly { readonly name: string; readonly partitions: number; readonly messages: MessageSchemas }[];
  /** Told when records were gone from the log before this group read them; default: an error in the log. */
  readonly onGap?: (topic: string) => void;
}

/** Nest answers an exception of a handler with a generic one; this filter hands the original to the consumer host. */
@Catch()
export class RethrowFilter implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/**
 * Hangs `@EventPattern(topic)` methods on the consumer host: called as `handle(deliveries, tx)` inside the open transaction.
 * Nest finds the handlers and injects them; commits, retries, order and dead letters are ours. Pipes, guards and interceptors
 * do not belong here: the host has checked schema and inbox before.
 */
export class PgConsumerStrategy extends ConsumerStrategy {
  override readonly propagatesEventHandlerErrors = true;
  readonly deadLetters: DeadLetters;
  readonly #options: PgConsumerOptions;
  readonly #freshness = new Freshness(
    () => this.#consumer?.progress() ?? { readThrough: undefined, behind: new Map() },
  );
  readonly #logGap = (topic: string): void =>
    this.#options.logger.error({ topic }, 'messages were gone before they were read; their effects are missing');
  #handlers: ConsumerHostOptions['handlers'] = new Map();
  #host: ConsumerHost | undefined;
  #consumer: KafkaConsumer | undefined;

  constructor(options: PgConsumerOptions) {
    super();
    this.#options = options;
    this.deadLetters = new PgDeadLetters({
      ...options,
      consumer: options.groupId,
      handlers: () => this.#handlers,
      between: (work) => this.#host?.between(work) ?? work(),
    });
  }

  listen(callback: (error?: unknown) => void): void {
    const { driver, topics, onGap = this.#logGap, ...host } = this.#options;
    this.#handlers = new Map(
      topics.map((topic) => [topic.name, { schemas: topic.messages, handle: this.#handlerOf(topic.name) }]),
    );
    this.#host = new ConsumerHost({ ...host, handlers: this.#handlers });
    this.#consumer = driver.consumer({
      groupId: host.groupId,
      topics: topics.map((topic) => topic.name),
      onBatch: (records) => this.#freshness.during(records, () => this.#host?.handle(records) ?? Promise.resolve()),
      onGap,
    });
    this.#consumer.start().then(() => callback(), callback);
  }

  async close(): Promise<void> {
    // First: the client goes on handing over until it has stopped, and the host refuses that.
    this.#freshness.freeze();
    await this.#host?.stop();
    await this.#consumer?.stop();
  }

  isLive(): boolean {
    return this.#consumer?.isLive() ?? false;
  }

  lag(): ViewLag {
    return this.#freshness.lag(this.#options.topics.map((topic) => topic.name));
  }

  get duplicates(): number {
    return this.#host?.duplicates ?? 0;
  }

  #handlerOf(topic: string): TopicHandler {
    const handler = this.getHandlerByPattern(topic);
    if (handler === null) throw new Error(`no @EventPattern handler for topic ${topic}`);
    return async (deliveries, tx) => {
      const result: unknown = await handler(deliveries, tx);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    };
  }

  on(): never {
    throw new Error('PgConsumerStrategy has no transport events');
  }

  unwrap<T>(): T {
    throw new Error('PgConsumerStrategy does not expose its Kafka client');
  }
}
