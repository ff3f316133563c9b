import { testInfra } from '@souk/testing';
import { kafkaPortSuite } from './kafka-port.suite.js';
import { KafkaJsDriver } from './kafkajs-driver.js';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

kafkaPortSuite(
  'kafkajs',
  () => new KafkaJsDriver({ brokers: testInfra().kafkaBrokers, clientId: 'port-suite', logger: quiet }),
);
