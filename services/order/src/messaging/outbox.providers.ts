import type { Provider } from '@nestjs/common';
import { KafkaProducer } from '@souk/kafka';
import { DualWriteOutbox, Outbox, OutboxRelay, OutboxWatch, relayFor, TableOutbox } from '@souk/outbox';
import { Metrics } from '@souk/observability';
import { AppLogger, BackgroundPool } from '@souk/service-kit';
import type pg from 'pg';
import type { OrderConfig } from '../config.js';
import { SOURCE } from './order-messages.js';

/** The way of a message out of the service: where changes leave it, who publishes it, who tells what waits. */
export const outbox = (config: OrderConfig): Provider[] => [
  {
    provide: OutboxRelay,
    useFactory: (pool: pg.Pool, producer: KafkaProducer, logger: AppLogger) =>
      relayFor(config.SOUK_VARIANTS)({ pool, producer, logger: logger.child({ component: 'relay' }) }),
    inject: [BackgroundPool, KafkaProducer, AppLogger],
  },
  {
    provide: Outbox,
    useFactory: (relay: OutboxRelay, producer: KafkaProducer, logger: AppLogger) =>
      config.SOUK_VARIANTS.includes('outbox-dual-write')
        ? new DualWriteOutbox(SOURCE, producer, logger.child({ component: 'outbox' }))
        : new TableOutbox(SOURCE, relay),
    inject: [OutboxRelay, KafkaProducer, AppLogger],
  },
  {
    provide: OutboxWatch,
    useFactory: (metrics: Metrics, pool: pg.Pool) => new OutboxWatch(metrics, pool),
    inject: [Metrics, BackgroundPool],
  },
];
