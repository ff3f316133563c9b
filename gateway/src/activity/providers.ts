import type { Provider } from '@nestjs/common';
import type { KafkaProducer } from '@souk/kafka';
import { Metrics } from '@souk/observability';
import { AppLogger } from '@souk/service-kit';
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import type { GatewayConfig } from '../config.js';
import { isOverTls } from '../public-url.js';
import { Activity } from './activity.js';
import { ActivitySink } from './activity-sink.js';
import { Visitors } from './visitor.js';

type Producer = Pick<KafkaProducer, 'send' | 'close'>;
type Config = Pick<GatewayConfig, 'PUBLIC_URL' | 'KAFKA_BROKERS' | 'SOUK_KAFKA_DRIVER'>;

type Told = Pick<Activity, 'page' | 'note'>;

interface ActivityOverrides {
  /** In place of the broker. */
  readonly producer?: Producer | undefined;
  /** What stands between those who tell and those who publish. */
  readonly through?: (activity: Activity) => Told;
}

/** The part of the composition root that is about activity. */
export function activityProviders(config: Config, { producer, through }: ActivityOverrides = {}): Provider[] {
  const visitors = new Visitors({ isSecure: isOverTls(config), newId: uuidv4 });
  return [
    {
      provide: ActivitySink,
      inject: [Metrics, AppLogger],
      useFactory: (metrics: Metrics, logger: AppLogger) => openOutbox(config, metrics, logger, producer),
    },
    {
      provide: Activity,
      inject: [ActivitySink],
      useFactory: (sink: ActivitySink | undefined): Told => {
        const activity = new Activity(visitors, { now: () => new Date(), newId: uuidv7, publish: sink?.add });
        return through?.(activity) ?? activity;
      },
    },
  ];
}

/** The client library is loaded only where there is a broker: it is a good part of this small process. */
async function openOutbox(config: Config, metrics: Metrics, logger: AppLogger, given?: Producer) {
  const brokers = config.KAFKA_BROKERS;
  if (brokers === undefined && given === undefined) return undefined;
  const [{ ActivityOutbox }, { openKafka }] = await Promise.all([
    import('./activity-outbox.js'),
    import('@souk/kafka'),
  ]);
  const kafka = logger.child({ component: 'kafka' });
  const open = () =>
    openKafka(config.SOUK_KAFKA_DRIVER, { brokers: brokers ?? [], clientId: 'gateway', logger: kafka });
  return new ActivityOutbox(given ?? (await open()).producer(), metrics);
}
