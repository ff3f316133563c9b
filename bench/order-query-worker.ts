/**
 * The read side as it is, on topics and a group of its own: under its own names it would take partitions from the running one.
 * argv: prefix of topics and group. Everything else is the service's environment.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DynamicModule } from '@nestjs/common';
import type { BaseConfig } from '@souk/config';
import {
  type ConsumerOptions,
  type KafkaConsumer,
  KafkaDriver,
  type KafkaProducer,
  type KafkaRecord,
  openKafka,
} from '@souk/kafka';
import { createLogger } from '@souk/observability';
import { runService } from '@souk/service-kit';
import { REPO_ROOT } from '../tools/cli/src/home.ts';

const prefix = process.argv[2] ?? '';
const outside = (name: string): string => `${prefix}${name}`;
const inside = (record: KafkaRecord): KafkaRecord => ({ ...record, topic: record.topic.slice(prefix.length) });

class PrefixedDriver extends KafkaDriver {
  readonly #inner: KafkaDriver;
  constructor(inner: KafkaDriver) {
    super();
    this.#inner = inner;
  }
  producer(): KafkaProducer {
    return this.#inner.producer();
  }
  consumer(options: ConsumerOptions): KafkaConsumer {
    const { groupId, topics, onBatch } = options;
    return this.#inner.consumer({
      ...options,
      groupId: outside(groupId),
      topics: topics.map(outside),
      onBatch: (records) => onBatch(records.map(inside)),
    });
  }
  async partitions(names: readonly string[]): Promise<Map<string, number>> {
    const found = await this.#inner.partitions(names.map(outside));
    return new Map([...found].map(([name, count]) => [name.slice(prefix.length), count]));
  }
}

/** By path: a benchmark may start what a service is made of, it may not depend on it. */
const load = <T>(file: string): Promise<T> =>
  import(pathToFileURL(join(REPO_ROOT, 'services/order/dist/query', file)).href);
const { config } = await load<{ config: BaseConfig & { KAFKA_BROKERS: string[] } }>('config.js');
const { OrderQueryModule } = await load<{
  OrderQueryModule: { with(config: unknown, driver: KafkaDriver): DynamicModule };
}>('order-query.module.js');
const logger = createLogger({ name: 'bench', level: 'fatal' });
const { KAFKA_BROKERS: brokers } = config;
const driver = new PrefixedDriver(await openKafka('kafkajs', { brokers, clientId: 'bench', logger }));
await runService({ name: 'order-query', module: OrderQueryModule.with(config, driver), config });
